import { type SQL, sql } from "drizzle-orm";
import { refuseIfFound, type Step } from "../db/guard.ts";
import { type Read, rowOf, rowsOf } from "../db/read.ts";

/** Entries of the trail, sealed: who changes one of them, or one of the seals before, can't keep this hash. */
export interface Seal {
  /** The last entry that is sealed. */
  readonly seq: number;
  /** The first. */
  readonly first: number;
  readonly entries: number;
  /** The hash of the seal before; empty of the first of all. */
  readonly previous: string;
  /** SHA-256 as hex. */
  readonly hash: string;
  readonly sealedAt: number;
}

const columns = sql.raw(`seq, first, entries, previous, hash, sealed_at AS "sealedAt"`);

/** What a sweep that seals begins with. */
export interface SealState {
  readonly seq: number;
  readonly hash: string;
  /** Of the last seal; 0 where there is none. */
  readonly sealedAt: number;
  /** Of the first entry that is not sealed; null: there is none. */
  readonly oldest: number | null;
  readonly unsealed: number;
}

export const readSealState = (): Read<SealState | undefined> =>
  rowOf(
    sql`SELECT last.seq, last.hash, last.sealed_at AS "sealedAt", (SELECT at FROM accesses WHERE accesses.seq > last.seq ORDER BY accesses.seq LIMIT 1) AS oldest,
          coalesce((SELECT max(seq) FROM accesses), 0) - last.seq AS unsealed
        FROM (SELECT seq, hash, sealed_at FROM seals UNION ALL SELECT 0, '', 0 ORDER BY seq DESC LIMIT 1) AS last`,
  );

/** Another sweep has sealed these, or the day is over whose seal this would be. */
export class IsSealed extends Error {
  static override readonly name: string = "IsSealed";
}

export const insertSeal = (it: Seal, day: string): readonly Step[] => [
  refuseIfFound(sql`SELECT 1 FROM seals WHERE seq >= ${it.first}`, () => new IsSealed("sealed before")),
  refuseIfFound(sql`SELECT 1 FROM audit_days WHERE day >= ${day}`, () => new IsSealed("the day is closed")),
  sql`INSERT INTO seals (seq, first, entries, previous, hash, sealed_at)
      VALUES (${it.seq}, ${it.first}, ${it.entries}, ${it.previous}, ${it.hash}, ${it.sealedAt})`,
];

/** The seals after an entry, in their order. */
export const sealsAfter = (seq: number, upTo: number, limit: number): Read<Seal[]> =>
  rowsOf(sql`SELECT ${columns} FROM seals WHERE seq > ${seq} AND seq <= ${upTo} ORDER BY seq LIMIT ${limit}`);

/** The hash that what begins after an entry has to build on: of the seal that ends there, or of its day. */
export const hashAt = (seq: number): Read<{ readonly hash: string } | undefined> =>
  rowOf(
    sql`SELECT hash FROM seals WHERE seq = ${seq} UNION ALL SELECT hash FROM audit_days WHERE last = ${seq} LIMIT 1`,
  );

/** Removes the seals up to an entry. */
export const dropSeals = (upTo: number): SQL => sql`DELETE FROM seals WHERE seq <= ${upTo}`;
