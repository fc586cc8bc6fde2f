import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import { HOUR_MS } from "../../summaries/compute/kinds.ts";
import { ACTIVE } from "./sets-store.ts";

/** The id of a datum as it is stored, from the text that is bound: its bytes, or itself where it is no hexadecimal number. */
export const STORED_ID = (place = "?1"): string => `coalesce(unhex(${place}), ${place})`;

/** An id as SQL gives it back. */
export const ID_TEXT = "CASE typeof(id) WHEN 'blob' THEN lower(hex(id)) ELSE id END";

/** Those of the ids that a datum of this person has, but for some data that give way. */
export const takenIds = (sql: ObjectSql, ids: readonly string[], except: ReadonlySet<number>): string[] => {
  const taken: string[] = [];
  for (let at = 0; at < ids.length; at += 100) {
    const some = ids.slice(at, at + 100);
    const places = some.map((_, i) => STORED_ID(`?${i + 1}`)).join(", ");
    for (const { key, id } of sql.all<{ key: number; id: string }>(
      `SELECT key, ${ID_TEXT} AS id FROM data WHERE id IN (${places})`,
      ...some,
    )) {
      if (!except.has(key)) taken.push(id);
    }
  }
  return taken;
};

/** A datum among those that are changed. */
export interface Touched {
  readonly key: number;
  readonly type: number;
  readonly time: number;
}

interface KeyRange {
  readonly first: number;
  readonly last: number;
}

const rangesOf = (sql: ObjectSql, setKey: number): KeyRange[] =>
  sql.all("SELECT first_key AS first, last_key AS last FROM additions WHERE set_key = ? ORDER BY first_key", setKey);

const overRanges = <T>(sql: ObjectSql, setKey: number, of: (range: KeyRange) => readonly T[]): T[] =>
  rangesOf(sql, setKey).flatMap((range) => of(range));

/** All data of a set. */
export const dataOfSet = (sql: ObjectSql, setKey: number): Touched[] =>
  overRanges(sql, setKey, ({ first, last }) =>
    sql.all<Touched>("SELECT key, type, time FROM data WHERE key BETWEEN ? AND ? AND set_key = ?", first, last, setKey),
  );

/** The visible data of other sets that have the identity of a datum of this set. */
export const olderCopies = (sql: ObjectSql, setKey: number): Touched[] =>
  overRanges(sql, setKey, ({ first, last }) =>
    sql.all<Touched>(
      `SELECT DISTINCT older.key, older.type, older.time FROM data AS own
       JOIN data AS older ON older.hash = own.hash AND older.time = own.time AND older.type = own.type
       JOIN sets ON sets.key = older.set_key
       WHERE own.key BETWEEN ? AND ? AND own.set_key = ? AND older.set_key <> ? AND older.is_archived = 0 AND ${ACTIVE}`,
      first,
      last,
      setKey,
      setKey,
    ),
  );

/** Hides data, as those of a set have taken their place. */
export function archive(sql: ObjectSql, data: readonly Touched[], at: number, bySet: number | null): void {
  for (const { key } of data) {
    sql.run("UPDATE data SET is_archived = 1 WHERE key = ?", key);
    sql.run("INSERT OR REPLACE INTO archived (key, at, by_set) VALUES (?, ?, ?)", key, at, bySet);
  }
}

/**
 * Gives back what a set has hidden: each datum takes over the state of the copy in this set, which is visible, or hidden by
 * a later set. Returns those that are visible again.
 */
export function giveBack(sql: ObjectSql, setKey: number): Touched[] {
  const hidden = sql.all<Touched & { at: number | null; by: number | null; isArchived: number | null }>(
    `SELECT data.key, data.type, data.time, max(copy.is_archived) AS isArchived, later.at, later.by_set AS "by"
     FROM archived JOIN data ON data.key = archived.key
     LEFT JOIN data AS copy ON copy.hash = data.hash AND copy.time = data.time AND copy.type = data.type AND copy.set_key = ?
     LEFT JOIN archived AS later ON later.key = copy.key
     WHERE archived.by_set = ? GROUP BY data.key`,
    setKey,
    setKey,
  );
  for (const { key, isArchived, at, by } of hidden) {
    if (isArchived === 1) {
      sql.run("UPDATE archived SET at = ?, by_set = ? WHERE key = ?", at, by, key);
    } else {
      sql.run("UPDATE data SET is_archived = 0 WHERE key = ?", key);
      sql.run("DELETE FROM archived WHERE key = ?", key);
    }
  }
  return hidden.filter(({ isArchived }) => isArchived !== 1);
}

/** Destroys data. */
export function destroy(sql: ObjectSql, data: readonly Pick<Touched, "key">[]): void {
  for (const { key } of data) {
    sql.run("DELETE FROM data WHERE key = ?", key);
    sql.run("DELETE FROM archived WHERE key = ?", key);
  }
}

/** Destroys all data of a set. */
export function destroySet(sql: ObjectSql, setKey: number): Touched[] {
  const gone = dataOfSet(sql, setKey);
  for (const { first, last } of rangesOf(sql, setKey)) {
    sql.run("DELETE FROM data WHERE key BETWEEN ? AND ? AND set_key = ?", first, last, setKey);
    sql.run("DELETE FROM archived WHERE key BETWEEN ? AND ?", first, last);
  }
  sql.run("DELETE FROM additions WHERE set_key = ?", setKey);
  return gone;
}

/** The data of a device that other sets hold. */
export const dataOfDevice = (sql: ObjectSql, deviceId: string, exceptSet: number): Touched[] =>
  sql.all<Touched>(
    `SELECT key, type, time FROM data WHERE set_key <> ? AND shape IN (SELECT key FROM shapes WHERE device_id = ?)`,
    exceptSet,
    deviceId,
  );

/** The data of a set that have an origin, with what else is to be known of them. */
export const dataOfOrigin = (
  sql: ObjectSql,
  origin: string,
): (Touched & { setKey: number; rest: string; isArchived: number })[] =>
  sql.all(
    "SELECT key, type, time, set_key AS setKey, rest, is_archived AS isArchived FROM data WHERE origin = ?",
    origin,
  );

/** The data that have the first bits of a hash. */
export const dataOfHash = (sql: ObjectSql, hash: number): (Touched & { setKey: number; isArchived: number })[] =>
  sql.all("SELECT key, type, time, set_key AS setKey, is_archived AS isArchived FROM data WHERE hash = ?", hash);

/** The datum with an id. */
export const dataOfId = (sql: ObjectSql, id: string): (Touched & { setKey: number; isArchived: number })[] =>
  sql.all(
    `SELECT key, type, time, set_key AS setKey, is_archived AS isArchived FROM data WHERE id = ${STORED_ID()}`,
    id,
  );

/** The hours, counted from the epoch, that have anything else than what was added just now. */
export const olderHours = (
  sql: ObjectSql,
  type: number,
  from: number,
  to: number,
  firstAdded: number,
): ReadonlySet<number> =>
  new Set(
    (
      sql.lists(
        `SELECT DISTINCT time / ${HOUR_MS} FROM data WHERE type = ? AND time BETWEEN ? AND ? AND key < ?`,
        type,
        from,
        to,
        firstAdded,
      ) as [number][]
    ).map(([hour]) => hour),
  );
