import { z } from "@hono/zod-openapi";
import type { Access } from "../../platform/audit/accesses-store.ts";
import type { AuditDay } from "../../platform/audit/days-store.ts";
import { OBJECT_ID, USER_ID } from "../../platform/core/ids.ts";
import { boundOf, DateTime, ObjectId, pageOf, Paging, toDateTime, UserId } from "../../platform/core/wire.ts";

/** More than a person reads; an entry may name a thousand patients. */
export const AUDIT_PAGE_MAX = 100;

const CURSOR = /^\d{1,16}-\d{1,16}$/;
const CURSOR_LENGTH_MAX = 33;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const ID_LENGTH = 24;
const USER_ID_LENGTH_MAX = 36;

const limit = Paging.limit.openapi({
  description: `The maximum number of entries to return. Values above ${AUDIT_PAGE_MAX} count as ${AUDIT_PAGE_MAX}.`,
});
const soughtUser = z.string().regex(USER_ID).min(1).max(USER_ID_LENGTH_MAX).optional();
const Day = z.string().regex(DAY).min(1).max("2026-03-01".length);

export const AuditQuery = z.object({
  userId: soughtUser,
  from: DateTime.optional().openapi({ minLength: 1 }),
  to: DateTime.optional().openapi({ minLength: 1 }),
  limit,
  cursor: z.string().regex(CURSOR).min(1).max(CURSOR_LENGTH_MAX).optional(),
});
export const AccessQuery = AuditQuery.extend({
  patientId: soughtUser,
  clinicId: z.string().regex(OBJECT_ID).min(1).max(ID_LENGTH).optional(),
});
export const DaysPage = z.object({ limit, cursor: Day.optional() });

export const ClinicParams = z.object({ clinicId: ObjectId });
export const PatientParams = z.object({ clinicId: ObjectId, patientId: UserId });
export const DayParams = z.object({ date: Day });

/** Tells where the next page begins. */
export const NextCursor = z.object({ "x-next-cursor": z.string().optional() });
export const nextCursor = (cursor: string | undefined): Record<string, string> =>
  cursor === undefined ? {} : { "x-next-cursor": cursor };

export const pageSize = (query: { limit?: number | undefined }): number =>
  Math.min(pageOf(query).limit, AUDIT_PAGE_MAX);

/** What a query asks of the trail. */
export const filterOf = ({ userId, from, to, cursor, ...query }: z.output<typeof AuditQuery>) => ({
  actorId: userId,
  from: boundOf(from),
  to: boundOf(to),
  cursor,
  limit: pageSize(query),
});

export const AuditEntry = z
  .object({
    id: ObjectId,
    time: DateTime,
    requestId: z.string(),
    actorKind: z.string(),
    actorId: z.string(),
    actorName: z.string().optional(),
    operation: z.string(),
    outcome: z.enum(["changed", "read", "refused"]),
    clinicId: ObjectId.optional(),
    patientIds: z.array(UserId),
  })
  .openapi("auditEntry.v1");
export type AuditEntry = z.output<typeof AuditEntry>;

export const toAuditEntry = (it: Access, actorName?: string): AuditEntry => ({
  id: it.id,
  time: toDateTime(it.at),
  requestId: it.requestId,
  actorKind: it.actorKind,
  actorId: it.actorId,
  actorName,
  operation: it.operation,
  outcome: it.outcome,
  clinicId: it.clinicId ?? undefined,
  patientIds: [...it.patientIds],
});

export const AuditDayRecord = z
  .object({
    date: z.string(),
    first: z.int(),
    last: z.int(),
    entries: z.int(),
    hash: z.string(),
    parts: z.int(),
    broken: z.int(),
    exportedTime: DateTime.optional(),
    removedTime: DateTime.optional(),
  })
  .openapi("auditDay.v1");
export type AuditDayRecord = z.output<typeof AuditDayRecord>;

export const toAuditDay = (it: AuditDay): AuditDayRecord => ({
  date: it.day,
  first: it.first,
  last: it.last,
  entries: it.entries,
  hash: it.hash,
  parts: it.parts,
  broken: it.broken,
  exportedTime: it.exportedAt === null ? undefined : toDateTime(it.exportedAt),
  removedTime: it.droppedAt === null ? undefined : toDateTime(it.droppedAt),
});
