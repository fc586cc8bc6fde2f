import type { Db } from "../db/client.ts";
import type { Template } from "../mail/template.ts";
import type { LeasedEntry } from "./store.ts";
import type { UserDirectory } from "../accounts/directory.ts";

/** The input of the preparation of a mail. */
export interface PreparedWork {
  readonly db: Db;
  readonly users: UserDirectory;
  readonly now: number;
}

/** A mail that is ready to be rendered and sent. */
export interface PreparedMail {
  readonly template: Template;
  readonly variables: Readonly<Record<string, string>>;
  /** The address; that of the entry's recipient when absent. */
  readonly to?: string;
}

/**
 * Decides at sending time whether and how a mail is sent, because records may have changed since it was enqueued, such
 * as a reminder of something already done. Returns a reason code when it is skipped. Must be idempotent: a mail that
 * could not be delivered is prepared again.
 */
export type Prepare = (work: PreparedWork, it: LeasedEntry) => Promise<PreparedMail | { readonly skipped: string }>;
