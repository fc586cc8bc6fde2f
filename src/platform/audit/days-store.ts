import { type SQL, sql } from "drizzle-orm";
import { type Read, rowOf, rowsOf } from "../db/read.ts";

/** What was sealed on one UTC day. Where nothing was, there is none. */
export interface AuditDay {
  /** As `2026-11-28`. */
  readonly day: string;
  /** Its first and last entry, in order of arrival. */
  readonly first: number;
  readonly last: number;
  readonly entries: number;
  /** Of its last seal. */
  readonly hash: string;
  /** The last entry that is exported. */
  readonly exportedTo: number;
  /** How many objects hold the export so far. */
  readonly parts: number;
  /** How many seals did not fit when it was exported. */
  readonly broken: number;
  /** When all of it was exported. */
  readonly exportedAt: number | null;
  /** When its entries were removed from the database. */
  readonly droppedAt: number | null;
}

const columns = sql.raw(
  `day, first, last, entries, hash, exported_to AS "exportedTo", parts, broken, exported_at AS "exportedAt", dropped_at AS "droppedAt"`,
);

/** When the first seal was made that belongs to no day yet. */
export const firstUnclosed = (): Read<{ readonly sealedAt: number } | undefined> =>
  rowOf(
    sql`SELECT sealed_at AS "sealedAt" FROM seals
        WHERE seq > coalesce((SELECT last FROM audit_days ORDER BY day DESC LIMIT 1), 0) ORDER BY seq LIMIT 1`,
  );

/** Closes a day: all that was sealed before its end and belongs to no day. Nothing where the day is closed. */
export function closeDay(day: string, end: number): SQL {
  const last = sql`(SELECT max(seq) FROM seals WHERE sealed_at < ${end})`;
  return sql`INSERT OR IGNORE INTO audit_days (day, first, last, entries, hash, exported_to, parts, broken)
      SELECT ${day}, min(first), max(seq), sum(entries), (SELECT hash FROM seals WHERE seq = ${last}), min(first) - 1, 0, 0
      FROM seals WHERE seq > coalesce((SELECT last FROM audit_days ORDER BY day DESC LIMIT 1), 0) AND seq <= ${last}
      HAVING count(*) > 0`;
}

/** The first day that is closed and not exported as a whole. */
export const dayToExport = (): Read<AuditDay | undefined> =>
  rowOf(sql`SELECT ${columns} FROM audit_days WHERE exported_at IS NULL ORDER BY day LIMIT 1`);

/** Says that a part is exported; nothing where another sweep has said so. */
export const recordPart = (it: AuditDay, exportedTo: number, broken: number, now: number): SQL =>
  sql`UPDATE audit_days SET exported_to = ${exportedTo}, parts = parts + 1, broken = broken + ${broken},
        exported_at = CASE WHEN last = ${exportedTo} THEN ${now} END
      WHERE day = ${it.day} AND exported_to = ${it.exportedTo}`;

/** The oldest day before another whose entries are still there, if it is exported. The newest seal's entries always stay. */
export const dayToDrop = (before: string): Read<AuditDay | undefined> =>
  rowOf(
    sql`SELECT ${columns} FROM audit_days WHERE dropped_at IS NULL AND day < ${before} AND exported_at IS NOT NULL
          AND last < (SELECT max(seq) FROM seals) ORDER BY day LIMIT 1`,
  );

/** Removes some of the entries up to one. */
export const dropAccesses = (upTo: number, limit: number): SQL =>
  sql`DELETE FROM accesses WHERE seq IN (SELECT seq FROM accesses WHERE seq <= ${upTo} ORDER BY seq LIMIT ${limit})`;

export const findAccessUpTo = (seq: number): Read<object | undefined> =>
  rowOf(sql`SELECT 1 FROM accesses WHERE seq <= ${seq} LIMIT 1`);

export const recordDrop = (day: string, now: number): SQL =>
  sql`UPDATE audit_days SET dropped_at = ${now} WHERE day = ${day}`;

/** Days, latest first, before one. */
export const daysBefore = (before: string, limit: number): Read<AuditDay[]> =>
  rowsOf(sql`SELECT ${columns} FROM audit_days WHERE day < ${before} ORDER BY day DESC LIMIT ${limit}`);

/** The last entry of all days before one: what is sealed later has arrived at its begin, or later. */
export const lastBefore = (day: string): Read<{ readonly last: number } | undefined> =>
  rowOf(sql`SELECT last FROM audit_days WHERE day < ${day} ORDER BY day DESC LIMIT 1`);
