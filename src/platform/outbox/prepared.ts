import type { Db } from "../db/client.ts";
import type { Template } from "../mail/template.ts";
import type { LeasedEntry } from "./store.ts";
import type { UserDirectory } from "../accounts/directory.ts";

/** What preparing a mail may know. */
export interface PreparedWork {
  readonly db: Db;
  readonly users: UserDirectory;
  readonly now: number;
}

/** A mail as it is to go out now. */
export interface PreparedMail {
  readonly template: Template;
  readonly variables: Readonly<Record<string, string>>;
  /** Where it goes; to the recipient of its row when absent. */
  readonly to?: string;
}

/**
 * Decides, when a mail's turn has come, what becomes of it: records may have changed since it was put in the outbox,
 * and a reminder of something that was done is none. Says why nothing is to be sent, as a code. What it writes must bear
 * being done again: a mail that could not be delivered is prepared again.
 */
export type Prepare = (work: PreparedWork, it: LeasedEntry) => Promise<PreparedMail | { readonly skipped: string }>;
