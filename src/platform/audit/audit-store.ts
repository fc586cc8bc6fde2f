import { type SQL, sql } from "drizzle-orm";
import type { Ctx } from "../context/context.ts";
import { eachOf } from "../db/columns.ts";
import { auditLog } from "../db/tables.ts";

/** A record was changed or read, or the caller was refused. */
export type Outcome = "changed" | "read" | "refused";

/** Who did what to whose records. Ids only. */
export interface AuditMessage {
  readonly v: 1;
  readonly at: number;
  readonly requestId: string;
  readonly actorKind: string;
  readonly actorId: string;
  readonly operation: string;
  readonly clinicId: string | null;
  readonly patientIds: readonly string[];
  readonly outcome: Outcome;
}

/** An audit entry as the audit queue carries it. It is recorded once, however often it is delivered. */
export interface QueuedAccess extends AuditMessage {
  /** 24 hex digits that no other entry has. */
  readonly id: string;
}

type Entry = Pick<Ctx, "now" | "requestId" | "caller" | "operationId">;

const columns = sql.raw("(at, request_id, actor_kind, actor_id, operation, clinic_id, patient_id, outcome)");

/** The audit row of a change, written in the same batch. */
export const auditChange = (ctx: Entry, clinicId: string | null, patientId: string | null = null): SQL =>
  sql`INSERT INTO ${auditLog} ${columns} VALUES
      (${ctx.now}, ${ctx.requestId}, ${ctx.caller.kind}, ${ctx.caller.id}, ${ctx.operationId}, ${clinicId}, ${patientId}, 'changed')`;

/** One audit row for each patient that a bulk change will affect; `userIds` selects them. */
export const auditChanges = (ctx: Entry, clinicId: string, userIds: SQL): SQL =>
  sql`INSERT INTO ${auditLog} ${columns}
      SELECT ${ctx.now}, ${ctx.requestId}, ${ctx.caller.kind}, ${ctx.caller.id}, ${ctx.operationId}, ${clinicId}, touched.user_id, 'changed'
      FROM (${userIds}) AS touched`;

/** One audit row for each clinic_id and patient_id of a query, for a change that affects several clinics. */
export const auditAcrossClinics = (ctx: Entry, touched: SQL): SQL =>
  sql`INSERT INTO ${auditLog} ${columns}
      SELECT ${ctx.now}, ${ctx.requestId}, ${ctx.caller.kind}, ${ctx.caller.id}, ${ctx.operationId}, touched.clinic_id, touched.patient_id, 'changed'
      FROM (${touched}) AS touched`;

/** Two thousand rows of ids stay well below D1's limit of 2 MB for a parameter, and take less than 250 ms. */
const ROWS_PER_STATEMENT_MAX = 2000;

/**
 * The statements that write entries in the batch of what they are about: a row for each patient, or one without. The cron
 * moves them to the trail, as it does with the rows of changes.
 */
export function insertAuditMessages(messages: readonly AuditMessage[]): readonly SQL[] {
  const rows = messages.flatMap((m) =>
    (m.patientIds.length > 0 ? m.patientIds : [null]).map((patientId) => [
      m.at,
      m.requestId,
      m.actorKind,
      m.actorId,
      m.operation,
      m.clinicId,
      patientId,
      m.outcome,
    ]),
  );
  const statements: SQL[] = [];
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT_MAX) {
    statements.push(insertRows(rows.slice(at, at + ROWS_PER_STATEMENT_MAX)));
  }
  return statements;
}

const insertRows = (rows: readonly unknown[]): SQL =>
  sql`INSERT INTO ${auditLog} ${columns} ${eachOf(JSON.stringify(rows))}
      SELECT e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, e.value ->> 4, e.value ->> 5, e.value ->> 6, e.value ->> 7 FROM e`;
