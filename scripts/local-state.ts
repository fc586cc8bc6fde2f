import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { giveUp } from "./command-line.ts";
import { shellWord } from "./shell-word.ts";

export const ROOT = path.resolve(import.meta.dirname, "..");
const DEFAULT_DIRECTORY = path.join(ROOT, ".wrangler");

/** Where a local server keeps what it needs between two starts. Nothing of it is ever committed. */
export interface LocalState {
  readonly directory: string;
  /** What `--state` has to say to reach this directory again; empty for the usual one. */
  readonly flag: string;
  /** The `--persist-to` of every wrangler command. */
  readonly persistTo: string;
  readonly signingKey: string;
  /** Written once the demo data is complete; it goes with the database. */
  readonly demoRecord: string;
  /** sandbox/wrangler.toml with the variables of this server. */
  readonly sandboxConfiguration: string;
  readonly logs: string;
  readonly registry: string;
}

/** The state under a directory, `.wrangler` of this repository unless another is named. */
export function localState(directory: string | undefined): LocalState {
  const base = path.resolve(directory ?? DEFAULT_DIRECTORY);
  return {
    directory: base,
    flag: base === DEFAULT_DIRECTORY ? "" : ` --state ${shellWord(base)}`,
    persistTo: path.join(base, "state"),
    signingKey: path.join(base, "local", "signing-key.json"),
    demoRecord: path.join(base, "state", "demo-data.json"),
    sandboxConfiguration: path.join(base, "local", "sandbox.toml"),
    logs: path.join(base, "logs"),
    registry: path.join(base, "registry"),
  };
}

/** The state under a directory, which is made where it is not there. Ends the process with one line when it can't be. */
export function usableState(directory: string | undefined): LocalState {
  if (directory === "") giveUp("--state takes the name of a directory.");
  const state = localState(directory);
  const existing = nearest(state.directory);
  if (!statSync(existing).isDirectory()) giveUp(`${existing} is a file: name a directory with --state.`);
  const parts = [state.persistTo, path.dirname(state.signingKey), state.logs, state.registry].filter(existsSync);
  for (const part of [existing, ...parts]) {
    try {
      accessSync(part, constants.W_OK | constants.X_OK);
    } catch {
      giveUp(`${part} can't be written to: change its permissions, or name another directory with --state.`);
    }
  }
  makeBelow(existing, state.directory);
  return state;
}

/** Makes a directory level by level: asked for all at once, Node tries forever where a file system refuses them. */
function makeBelow(existing: string, directory: string): void {
  if (directory === existing) return;
  makeBelow(existing, path.dirname(directory));
  try {
    mkdirSync(directory);
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === "EEXIST";
    if (!isThere) giveUp(`${directory} can't be made: name another directory with --state.`);
  }
}

/** The path itself or the lowest above it that is there. */
const nearest = (file: string): string => (existsSync(file) ? file : nearest(path.dirname(file)));

/** A variable of the local environment in wrangler.toml. Asking wrangler itself takes a second of every token. */
export function localVariable(name: string): string {
  const configuration = readFileSync(path.join(ROOT, "wrangler.toml"), "utf8");
  const value = new RegExp(`^${name} = "(.*)"$`, "m").exec(configuration)?.[1];
  return value ?? giveUp(`wrangler.toml sets no ${name} for the local environment.`);
}
