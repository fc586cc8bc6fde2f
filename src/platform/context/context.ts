import type { SQL } from "drizzle-orm";
import type { Caller } from "../auth/caller.ts";
import type { Step } from "../db/guard.ts";
import type { Read, ReadResults } from "../db/read.ts";
import type { UserDirectory } from "../accounts/directory.ts";
import type { Settings } from "../core/settings.ts";

/** What one request changes, and what its caller is told when it is done. */
export interface Change<T> {
  /** The answer's body, known before anything is written so that it can be kept with the change. */
  readonly answer: T;
  /** Guards and statements, in the order in which the specification lists the refusals. */
  readonly steps: readonly Step[];
  readonly clinicId: string | null;
  readonly patientId?: string;
  /** Statements that put mails and jobs in the outbox; they are sent once the change is there. */
  readonly outbox?: readonly SQL[];
  /** Audit statements in place of the single row that is written otherwise. */
  readonly audit?: readonly SQL[];
  /** Further changes of the same request follow: the record that makes a repeat safe is written with the last. */
  readonly isPartial?: boolean;
}

/** Everything a verb may know about the request it works for. */
export interface Ctx {
  readonly caller: Caller;
  /** The instant of the request, epoch milliseconds: one request happens at one time. */
  readonly now: number;
  readonly requestId: string;
  readonly operationId: string;
  readonly settings: Settings;
  readonly users: UserDirectory;
  /** What the request puts in the outbox carries this. */
  readonly outboxBatch: string;
  newId(): string;
  /**
   * Says, before anything is read, what the request makes: a repeat that names no key gets the first answer only while
   * that stands as it was answered. Operations that are repeated blindly have to say it.
   */
  answerStandsWhile(standing: (answeredId: SQL) => SQL): void;
  /**
   * Asks all questions in one round trip. The first time, the caller's membership travels in the same batch and a caller who is not
   * allowed in is refused before any other answer is looked at; so is a repeated request that was answered before.
   */
  read<R extends Record<string, Read<unknown>>>(reads: R): Promise<ReadResults<R>>;
  /**
   * Writes everything or nothing, in one round trip: the caller's right, the steps, the audit row and the record that
   * makes a repeat safe. Throws the refusal of the first guard that refuses.
   */
  commit<T>(change: Change<T>): Promise<T>;
  /** Records, after the response, that these patients' records were read. */
  auditRead(clinicId: string, patientIds: readonly string[]): void;
  /** Records, after the response, that the caller was not let in to patients' records. */
  auditRefusal(clinicId: string | null, patientIds: readonly string[]): void;
}
