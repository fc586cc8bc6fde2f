import { z } from "@hono/zod-openapi";
import { OBJECT_ID } from "../../platform/core/ids.ts";
import { DateTime, ObjectId, Paging, toDateTime } from "../../platform/core/wire.ts";
import type { DeadLetter } from "../../platform/outbox/dead-letters-store.ts";
import type { ShownEntry } from "../../platform/outbox/store.ts";
import { DEAD_LETTER_CURSOR, FAILED_CURSOR } from "./rules.ts";

const FAILED_CURSOR_LENGTH_MAX = 40;
const DEAD_LETTER_CURSOR_LENGTH_MAX = 15;

const FailedCursor = z.string().regex(FAILED_CURSOR).min(1).max(FAILED_CURSOR_LENGTH_MAX);
const DeadLetterCursor = z.string().regex(DEAD_LETTER_CURSOR).min(1).max(DEAD_LETTER_CURSOR_LENGTH_MAX);
export const FailedPage = z.object({ limit: Paging.limit, cursor: FailedCursor.optional() });
export const DeadLetterPage = z.object({ limit: Paging.limit, cursor: DeadLetterCursor.optional() });

/** Tells where the next page begins. */
export const NextCursor = z.object({ "x-next-cursor": z.string().optional() });

export const EntryParams = z.object({ entryId: ObjectId });

export const OutboxEntry = z
  .object({
    id: ObjectId,
    kind: z.string(),
    state: z.enum(["queued", "sending", "sent", "skipped", "failed"]),
    clinicId: ObjectId.optional(),
    messageId: z.string().optional(),
    jobId: z.string().optional(),
    reason: z.string().optional(),
    attempts: z.int(),
    createdTime: DateTime,
    finishedTime: DateTime.optional(),
  })
  .openapi("outboxEntry.v1");
export type OutboxEntry = z.output<typeof OutboxEntry>;

export const DeadLetterRecord = z
  .object({
    id: z.int(),
    queue: z.string(),
    messageId: z.string(),
    entryId: ObjectId.optional(),
    createdTime: DateTime,
  })
  .openapi("deadLetter.v1");
export type DeadLetterRecord = z.output<typeof DeadLetterRecord>;

export const toOutboxEntry = (row: ShownEntry): OutboxEntry => ({
  id: row.id,
  kind: row.kind,
  state: row.state,
  clinicId: row.clinicId ?? undefined,
  messageId: row.messageId ?? undefined,
  jobId: row.jobId ?? undefined,
  reason: row.reason ?? undefined,
  attempts: row.attempts,
  createdTime: toDateTime(row.createdAt),
  finishedTime: row.finishedAt === null ? undefined : toDateTime(row.finishedAt),
});

/** Of a message only which entry it was about: one that somebody else has sent may hold anything. */
export const toDeadLetter = ({ id, queue, messageId, body, at }: DeadLetter): DeadLetterRecord => ({
  id,
  queue,
  messageId,
  entryId: entryIn(body),
  createdTime: toDateTime(at),
});

function entryIn(body: string): string | undefined {
  try {
    const id = (JSON.parse(body) as { id?: unknown } | null)?.id;
    return typeof id === "string" && OBJECT_ID.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
