import { readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { giveUp } from "./command-line.ts";
import type { LocalState } from "./local-state.ts";

/** What one process at a time does with a state: serve it, or write its database other than through the server. */
export type Exclusive = "server" | "database";

export interface Holder {
  readonly pid: number;
  /** Where the server listens. */
  readonly port?: number | undefined;
}

export interface Lock {
  release(): void;
}

/** For another process that is just looking whether the lock is held. */
const WAIT_MS = 500;
const SQLITE_BUSY = 5;
const held = new Set<DatabaseSync>();

/**
 * Takes a lock until it is released or this process ends, however it ends. Of those that ask at the same moment one gets
 * it, all others end with one line. The lock is the operating system's: a killed process leaves none behind.
 */
export function lockOrGiveUp(state: LocalState, what: Exclusive, port?: number): Lock {
  const database = acquire(state, what);
  if (!database) {
    const holder = holderOf(state, what);
    return giveUp(REFUSALS[what](holder ? `process ${holder.pid}` : "another process"));
  }
  const file = holderFile(state, what);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ pid: process.pid, port } satisfies Holder)}\n`);
  renameSync(draft, file);
  // Kept from the garbage collector, which would close it.
  held.add(database);
  return {
    release() {
      held.delete(database);
      database.close();
    },
  };
}

const REFUSALS: Readonly<Record<Exclusive, (by: string) => string>> = {
  server: (by) => `A server is running on this state (${by}): stop it, or name another directory with --state.`,
  database: (by) => `The database of this state is being migrated or filled (${by}): wait until that has ended.`,
};

/** The server that runs on a state; nothing when none does. */
export function runningServer(state: LocalState): Holder | undefined {
  const database = acquire(state, "server");
  database?.close();
  return database ? undefined : holderOf(state, "server");
}

function acquire({ directory }: LocalState, what: Exclusive): DatabaseSync | undefined {
  const database = new DatabaseSync(path.join(directory, `${what}.lock`), { timeout: WAIT_MS });
  try {
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
}

const holderFile = ({ directory }: LocalState, what: Exclusive) => path.join(directory, `${what}.lock.json`);

function holderOf(state: LocalState, what: Exclusive): Holder | undefined {
  try {
    return JSON.parse(readFileSync(holderFile(state, what), "utf8")) as Holder;
  } catch {
    return undefined;
  }
}
