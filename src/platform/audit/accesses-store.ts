import { type SQL, sql } from "drizzle-orm";
import { eachOf } from "../db/columns.ts";
import { type Read, mapped, rowsOf } from "../db/read.ts";
import type { Outcome, QueuedAccess } from "./audit-store.ts";
import { pack, packedDigits, unpack } from "./packed-ids.ts";

/** An entry of the trail: somebody has read or changed something, or was refused. */
export interface Access {
  /** Its place in the order of arrival. */
  readonly seq: number;
  /** 24 hex digits. */
  readonly id: string;
  /** Epoch milliseconds of the request. */
  readonly at: number;
  readonly requestId: string;
  readonly actorKind: string;
  readonly actorId: string;
  readonly operation: string;
  readonly clinicId: string | null;
  readonly outcome: Outcome;
  readonly patientIds: readonly string[];
}

/** Half of what D1 takes as one parameter. */
const BYTES_PER_STATEMENT_MAX = 1_000_000;

/** Writes entries, those that are there already excepted: in one statement, as far as a parameter holds. */
export function insertAccesses(accesses: readonly QueuedAccess[]): SQL[] {
  const statements: SQL[] = [];
  let rows: string[] = [];
  let bytes = 0;
  const write = () => {
    statements.push(insertRows(`[${rows.join()}]`));
    [rows, bytes] = [[], 0];
  };
  for (const it of accesses) {
    const row = JSON.stringify([
      it.id,
      it.at,
      it.requestId,
      it.actorKind,
      it.actorId,
      it.operation,
      it.clinicId,
      it.outcome,
      pack(it.patientIds),
    ]);
    if (bytes + row.length > BYTES_PER_STATEMENT_MAX && rows.length > 0) write();
    rows.push(row);
    bytes += row.length;
  }
  if (rows.length > 0) write();
  return statements;
}

const insertRows = (rows: string): SQL =>
  sql`INSERT OR IGNORE INTO accesses (id, at, request_id, actor_kind, actor_id, operation, clinic_id, outcome, patients)
      ${eachOf(rows)} SELECT unhex(e.value ->> 0), e.value ->> 1, e.value ->> 2, e.value ->> 3, e.value ->> 4, e.value ->> 5, e.value ->> 6,
        e.value ->> 7, coalesce(unhex(substr(e.value ->> 8, 2)), e.value ->> 8)
      FROM e`;

const PACKED = "CASE typeof(patients) WHEN 'blob' THEN 'x' || hex(patients) ELSE patients END";
const columns = sql.raw(
  `seq, lower(hex(id)) AS id, at, request_id AS "requestId", actor_kind AS "actorKind", actor_id AS "actorId", operation,
   clinic_id AS "clinicId", outcome, ${PACKED} AS patients`,
);

type Stored = Omit<Access, "patientIds"> & { readonly patients: string | null };

const unpacked = (read: Read<Stored[]>): Read<Access[]> =>
  mapped(read, (rows) => rows.map(({ patients, ...it }) => ({ ...it, patientIds: unpack(patients) })));

/** A page of entries takes this many bytes of patients, if it has several entries. */
const PAGE_BYTES_MAX = 1_000_000;

/** The entries after one in order of arrival, as many as can be handled together. */
export const accessesAfter = (after: SQL | number, limit: number, upTo?: number): Read<Access[]> =>
  unpacked(
    rowsOf(
      sql`SELECT ${columns} FROM (SELECT *, sum(coalesce(length(patients), 0)) OVER (ORDER BY seq) AS bytes FROM
          (SELECT * FROM accesses WHERE seq > ${after}${upTo === undefined ? sql`` : sql` AND seq <= ${upTo}`}
           ORDER BY seq LIMIT ${limit})) WHERE bytes <= ${PAGE_BYTES_MAX} ORDER BY seq`,
    ),
  );

/**
 * Entries by their places, at most 100, in the order of these. A list of values is no table: a row is read for each entry,
 * where `json_each` reads two and `IN` three.
 */
export const accessesAt = (seqs: readonly number[]): Read<Access[]> => {
  const places = sql.join(
    seqs.map((seq) => sql`(${seq})`),
    sql.raw(", "),
  );
  return unpacked(
    rowsOf(sql`SELECT ${columns} FROM (VALUES ${places}) AS place CROSS JOIN accesses ON seq = place.column1`),
  );
};

/** Where a list goes on: before the time and the place of an entry. */
export interface ListPlace {
  readonly at: number;
  readonly seq: number;
}

/** Entries of a clinic or of an actor, latest first. */
export const accessesOf = (
  whose: { readonly clinicId: string } | { readonly actorId: string },
  { from, before, limit }: { readonly from: number; readonly before: ListPlace; readonly limit: number },
): Read<Access[]> =>
  unpacked(
    rowsOf(
      sql`SELECT ${columns} FROM accesses
          WHERE ${"clinicId" in whose ? sql`clinic_id = ${whose.clinicId}` : sql`actor_id = ${whose.actorId}`}
            AND at >= ${from} AND (at, seq) < (${before.at}, ${before.seq})
          ORDER BY at DESC, seq DESC LIMIT ${limit}`,
    ),
  );

/** All entries before one, latest arrival first. */
export const accessesBefore = (before: number, after: number, limit: number): Read<Access[]> =>
  unpacked(
    rowsOf(
      sql`SELECT ${columns} FROM accesses WHERE seq > ${after} AND seq < ${before} ORDER BY seq DESC LIMIT ${limit}`,
    ),
  );

/** Which of the entries that no posting leads to yet may name a patient; latest first. */
export const unindexedHits = (
  patientId: string,
  before: number,
  limit: number,
): Read<{ readonly seq: number; readonly isHit: number }[]> =>
  rowsOf(
    sql`SELECT seq, typeof(patients) = 'text' OR coalesce(instr(patients, unhex(${packedDigits(patientId)})), 0) > 0 AS "isHit"
        FROM accesses WHERE seq > (SELECT upto FROM progress WHERE name = 'indexed') AND seq < ${before}
        ORDER BY seq DESC LIMIT ${limit}`,
  );
