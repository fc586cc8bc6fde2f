import { type SQL, sql } from "drizzle-orm";
import type { Ctx } from "../context/context.ts";
import { auditLog } from "../db/tables.ts";

/** What happened: a record was changed, read, or the caller was refused. */
export type Outcome = "changed" | "read" | "refused";

/** An entry on its way to the log through the audit queue. Ids only. */
export interface AuditMessage {
  readonly v: 1;
  readonly at: number;
  readonly requestId: string;
  readonly actorKind: string;
  readonly actorId: string;
  readonly operation: string;
  readonly clinicId: string | null;
  /** One entry for each; a single entry without a patient when empty. */
  readonly patientIds: readonly string[];
  readonly outcome: Outcome;
}

type Entry = Pick<Ctx, "now" | "requestId" | "caller" | "operationId">;

const columns = sql.raw("(at, request_id, actor_kind, actor_id, operation, clinic_id, patient_id, outcome)");

/** The row a change writes about itself, in its own batch. */
export const auditChange = (ctx: Entry, clinicId: string | null, patientId: string | null = null): SQL =>
  sql`INSERT INTO ${auditLog} ${columns} VALUES
      (${ctx.now}, ${ctx.requestId}, ${ctx.caller.kind}, ${ctx.caller.id}, ${ctx.operationId}, ${clinicId}, ${patientId}, 'changed')`;

/** A row for every patient a bulk change is about to touch; `userIds` selects them. */
export const auditChanges = (ctx: Entry, clinicId: string, userIds: SQL): SQL =>
  sql`INSERT INTO ${auditLog} ${columns}
      SELECT ${ctx.now}, ${ctx.requestId}, ${ctx.caller.kind}, ${ctx.caller.id}, ${ctx.operationId}, ${clinicId}, touched.user_id, 'changed'
      FROM (${userIds}) AS touched`;

/** A row for every clinic_id and patient_id of a query: what a change is about to touch in several clinics. */
export const auditAcrossClinics = (ctx: Entry, touched: SQL): SQL =>
  sql`INSERT INTO ${auditLog} ${columns}
      SELECT ${ctx.now}, ${ctx.requestId}, ${ctx.caller.kind}, ${ctx.caller.id}, ${ctx.operationId}, touched.clinic_id, touched.patient_id, 'changed'
      FROM (${touched}) AS touched`;

/** So many rows of ids stay well below the two megabytes a parameter may have, and below a quarter of a second. */
const ROWS_PER_STATEMENT_MAX = 2000;

/**
 * The statements that write entries that came through the queue, each by itself safe to run again: an entry that came
 * twice is written once.
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
  sql`INSERT OR IGNORE INTO ${auditLog} ${columns}
      SELECT e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, e.value ->> 4, e.value ->> 5, e.value ->> 6, e.value ->> 7
      FROM json_each(${JSON.stringify(rows)}) AS e`;
