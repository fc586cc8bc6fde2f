import type { Settings } from "../core/settings.ts";
import type { UserDirectory } from "../accounts/directory.ts";
import type { Db } from "../db/client.ts";
import type { Template } from "../mail/template.ts";
import type { OutboxKind } from "./kinds.ts";
import type { Prepare } from "./prepared.ts";
import type { LeasedEntry } from "./store.ts";

/** What a job may know. */
export interface JobWork {
  readonly db: Db;
  readonly users: UserDirectory;
  readonly settings: Settings;
  readonly now: number;
  /** What the job puts in the outbox carries this. */
  readonly outboxBatch: string;
}

/** Does the work of an entry, or a part of it. Work that is begun again must change nothing that was done before. */
export type Job = (work: JobWork, it: LeasedEntry) => Promise<"done" | "again">;

/** What a slice puts in the outbox, and what is then done with it. */
export interface OutboxSlice {
  /** Mails that say what their variables say. */
  readonly mails?: readonly (readonly [OutboxKind, Template])[];
  /** Mails of which it is decided when they are sent whether they still go out, to whom, and what they say. */
  readonly preparedMails?: readonly (readonly [OutboxKind, Prepare])[];
  /** Work that goes on after the answer. */
  readonly jobs?: readonly (readonly [OutboxKind, Job])[];
}

/** What is done with each kind of entry. A kind that is not here waits in the outbox. */
export interface Registry {
  readonly mails: ReadonlyMap<string, Template>;
  readonly preparedMails: ReadonlyMap<string, Prepare>;
  readonly jobs: ReadonlyMap<string, Job>;
}

const byKind = <T>(pairs: readonly (readonly [OutboxKind, T])[]): ReadonlyMap<string, T> =>
  new Map(pairs.map(([{ kind }, handler]) => [kind, handler]));

/** What all slices together do with outbox entries. */
export const registryOf = (slices: readonly OutboxSlice[]): Registry => ({
  mails: byKind(slices.flatMap(({ mails = [] }) => mails)),
  preparedMails: byKind(slices.flatMap(({ preparedMails = [] }) => preparedMails)),
  jobs: byKind(slices.flatMap(({ jobs = [] }) => jobs)),
});
