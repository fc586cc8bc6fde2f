import type { SQL } from "drizzle-orm";
import type { Caller } from "../auth/caller.ts";
import type { Step } from "../db/guard.ts";
import type { Read, ReadResults } from "../db/read.ts";
import type { UserDirectory } from "../accounts/directory.ts";
import type { Settings } from "../core/settings.ts";

/** The write of one request and the response to its caller. */
export interface Change<T> {
  /** The response body, known before the write so that it can be stored in the same batch. */
  readonly answer: T;
  /** Guards and statements, in the specification's order of refusals. */
  readonly steps: readonly Step[];
  readonly clinicId: string | null;
  readonly patientId?: string;
  /** Statements that insert outbox entries; they are sent once the change is committed. */
  readonly outbox?: readonly SQL[];
  /** Audit statements that replace the default single row. */
  readonly audit?: readonly SQL[];
  /** More changes of the same request follow: the replay record is written with the last. */
  readonly isPartial?: boolean;
}

/** The context of a request, as verbs see it. */
export interface Ctx {
  readonly caller: Caller;
  /** The time of the request in epoch milliseconds, the same throughout the request. */
  readonly now: number;
  /** What the caller's address is counted by; undefined where there is none. */
  readonly network: string | undefined;
  readonly requestId: string;
  readonly operationId: string;
  /** The caller's roles in the tenant of the path, once they were read; none where access depends on no role. */
  readonly roles: readonly string[];
  /** By what a repeat of the request is recognised, for a verb that keeps its answers itself. */
  readonly replayKey: { readonly id: string; readonly fingerprint: string; readonly expiresAt: number } | undefined;
  readonly settings: Settings;
  readonly users: UserDirectory;
  /** The batch id of the outbox entries that the request writes. */
  readonly outboxBatch: string;
  newId(): string;
  /**
   * Declares, before the first read, what the request creates: a repeat without a key gets the first response only
   * while that is unchanged. Required for operations that are repeated blindly.
   */
  answerStandsWhile(standing: (answeredId: SQL) => SQL): void;
  /**
   * Runs all queries in one round trip. The first batch also reads the caller's membership and the replay record: a
   * caller without access is refused, and a repeated request answered, before any other result is used.
   */
  read<R extends Record<string, Read<unknown>>>(reads: R): Promise<ReadResults<R>>;
  /**
   * Commits atomically in one round trip: the access check, the steps, the audit row and the replay record. Throws the
   * refusal of the first guard whose condition holds.
   */
  commit<T>(change: Change<T>): Promise<T>;
  /** Records, after the response, that these patients' records were read. */
  auditRead(clinicId: string | null, patientIds: readonly string[]): void;
  /** Records, after the response, that the caller was refused access to patients' records. */
  auditRefusal(clinicId: string | null, patientIds: readonly string[]): void;
}
