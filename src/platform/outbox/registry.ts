import type { SQL } from "drizzle-orm";
import type { Bindings, Settings } from "../core/settings.ts";
import type { UserDirectory } from "../accounts/directory.ts";
import type { Db } from "../db/client.ts";
import type { Template } from "../mail/template.ts";
import type { OutboxKind } from "./kinds.ts";
import type { Prepare } from "./prepared.ts";
import type { LeasedEntry } from "./store.ts";

/** The input of a job. */
export interface JobWork {
  readonly bindings: Bindings;
  readonly db: Db;
  readonly users: UserDirectory;
  readonly settings: Settings;
  readonly now: number;
  /** The batch id of the outbox entries that the job writes. */
  readonly outboxBatch: string;
}

/**
 * What became of a job: done; again: more work is left; skipped for a reason; or it waits until a time, at most as long as
 * the query `waitsFor` finds something: whoever ends that makes the entry due. `finishing` statements are written in the
 * batch that ends the entry.
 */
export type JobOutcome =
  | "done"
  | "again"
  | { readonly skipped: string; readonly finishing?: readonly SQL[] }
  | { readonly done: true; readonly finishing: readonly SQL[] }
  | { readonly waitUntil: number; readonly waitsFor?: SQL };

/** Does the work of an entry, or a part of it. Must be idempotent. Throws DeliveryError to be retried or given up. */
export type Job = (work: JobWork, it: LeasedEntry) => Promise<JobOutcome>;

/** How a job is run. */
export interface JobPolicy {
  /** Longer than an attempt can take: when a process dies, the entry is free again after this time. */
  readonly leaseMs: number;
  readonly attemptsMax: number;
  /** The pause before the next attempt, without jitter. */
  readonly backOffSeconds: (attempts: number) => number;
  /** Whether the deployment does this work; otherwise entries wait. */
  readonly isOn?: (settings: Settings) => boolean;
  /** Statements of the batch in which an entry fails for good. */
  readonly failing?: (it: LeasedEntry, reason: string, now: number, outboxBatch: string) => readonly SQL[];
}

/** The kinds of outbox entries a slice writes, with their handlers. */
export interface OutboxSlice {
  /** Mails rendered from their stored variables alone. */
  readonly mails?: readonly (readonly [OutboxKind, Template])[];
  /** Mails whose recipient and content are decided at sending time, and whether they are still sent. */
  readonly preparedMails?: readonly (readonly [OutboxKind, Prepare])[];
  /** Background work after the response. */
  readonly jobs?: readonly (readonly [OutboxKind, Job] | readonly [OutboxKind, Job, JobPolicy])[];
}

/** The handler of each kind of entry. Entries of other kinds wait in the outbox. */
export interface Registry {
  readonly mails: ReadonlyMap<string, Prepare>;
  readonly jobs: ReadonlyMap<string, { readonly job: Job; readonly policy: JobPolicy | undefined }>;
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
  jobs: byKind(slices.flatMap(({ jobs = [] }) => jobs.map(([kind, job, policy]) => [kind, { job, policy }] as const))),
});
