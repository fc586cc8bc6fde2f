import type { Settings } from "../core/settings.ts";
import type { UserDirectory } from "../accounts/directory.ts";
import type { Db } from "../db/client.ts";
import type { Template } from "../mail/template.ts";
import type { OutboxKind } from "./kinds.ts";
import type { Prepare } from "./prepared.ts";
import type { LeasedEntry } from "./store.ts";

/** The input of a job. */
export interface JobWork {
  readonly db: Db;
  readonly users: UserDirectory;
  readonly settings: Settings;
  readonly now: number;
  /** The batch id of the outbox entries that the job writes. */
  readonly outboxBatch: string;
}

/** Does the work of an entry, or a part of it. Must be idempotent. */
export type Job = (work: JobWork, it: LeasedEntry) => Promise<"done" | "again">;

/** The kinds of outbox entries a slice writes, with their handlers. */
export interface OutboxSlice {
  /** Mails rendered from their stored variables alone. */
  readonly mails?: readonly (readonly [OutboxKind, Template])[];
  /** Mails whose recipient and content are decided at sending time, and whether they are still sent. */
  readonly preparedMails?: readonly (readonly [OutboxKind, Prepare])[];
  /** Background work after the response. */
  readonly jobs?: readonly (readonly [OutboxKind, Job])[];
}

/** The handler of each kind of entry. Entries of other kinds wait in the outbox. */
export interface Registry {
  readonly mails: ReadonlyMap<string, Prepare>;
  readonly jobs: ReadonlyMap<string, Job>;
}

const byKind = <T>(pairs: readonly (readonly [OutboxKind, T])[]): ReadonlyMap<string, T> =>
  new Map(pairs.map(([{ kind }, handler]) => [kind, handler]));

const asStored =
  (template: Template): Prepare =>
  async (_, it) => ({ template, variables: JSON.parse(it.variables) as Record<string, string> });

/** The registry of all slices. */
export const registryOf = (slices: readonly OutboxSlice[]): Registry => ({
  mails: byKind([
    ...slices.flatMap(({ mails = [] }) => mails.map(([kind, template]) => [kind, asStored(template)] as const)),
    ...slices.flatMap(({ preparedMails = [] }) => preparedMails),
  ]),
  jobs: byKind(slices.flatMap(({ jobs = [] }) => jobs)),
});
