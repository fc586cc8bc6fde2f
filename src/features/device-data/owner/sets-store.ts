import type { ObjectSql } from "../../../platform/objects/object-sql.ts";

/** A data set as its object keeps it. Times in epoch milliseconds. */
export interface SetRow {
  readonly key: number;
  readonly id: string;
  /** What the client has said of it, as JSON. */
  readonly record: string;
  /** Of the upload, as the client has it. */
  readonly time: number;
  readonly isContinuous: number;
  readonly deduplicator: string;
  readonly version: string;
  readonly deviceId: string | null;
  readonly clientName: string | null;
  readonly openedBy: string | null;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly closedAt: number | null;
  readonly deletedAt: number | null;
}

const COLUMNS = `key, id, record, time, is_continuous AS isContinuous, deduplicator, version, device_id AS deviceId,
  client_name AS clientName, opened_by AS openedBy, created_at AS createdAt, modified_at AS modifiedAt,
  closed_at AS closedAt, deleted_at AS deletedAt`;

/** A set whose data hide older copies only once it is closed: until then they are hidden themselves. */
const HIDES_AT_CLOSE = "org.tidepool.deduplicator.device.deactivate.hash";

/** Whether readers see a set's data: of a continuous one at once, of another once it is closed. */
export const isActive = (set: Pick<SetRow, "isContinuous" | "deduplicator" | "closedAt" | "deletedAt">): boolean =>
  set.deletedAt === null && (set.closedAt !== null || (set.isContinuous === 1 && set.deduplicator !== HIDES_AT_CLOSE));

/** The same as a condition on a row of `sets`. */
export const ACTIVE = `(deleted_at IS NULL AND (closed_at IS NOT NULL OR is_continuous = 1 AND deduplicator <> '${HIDES_AT_CLOSE}'))`;

export const findSet = (sql: ObjectSql, id: string): SetRow | undefined =>
  sql.first<SetRow>(`SELECT ${COLUMNS} FROM sets WHERE id = ?`, id);

export const insertSet = (sql: ObjectSql, set: Omit<SetRow, "key" | "closedAt" | "deletedAt">, provenance: number) =>
  sql.run(
    `INSERT INTO sets (id, record, time, is_continuous, deduplicator, version, device_id, client_name, opened_by, created_at,
       modified_at, provenance) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    set.id,
    set.record,
    set.time,
    set.isContinuous,
    set.deduplicator,
    set.version,
    set.deviceId,
    set.clientName,
    set.openedBy,
    set.createdAt,
    set.modifiedAt,
    provenance,
  );

/** Which sets a list is to show. */
export interface SetFilter {
  readonly clientName?: string | undefined;
  readonly deviceId?: string | undefined;
  /** Deleted ones as well. */
  readonly deleted?: boolean | undefined;
  readonly page: number;
  readonly size: number;
}

/** A page of the sets that readers see, newest first. */
export const listSets = (sql: ObjectSql, { clientName, deviceId, deleted, page, size }: SetFilter): SetRow[] =>
  sql.all<SetRow>(
    `SELECT ${COLUMNS} FROM sets
     WHERE (${ACTIVE} OR is_continuous = 1 AND deleted_at IS NULL OR deleted_at IS NOT NULL AND ? = 1)
       AND (? IS NULL OR client_name = ?) AND (? IS NULL OR device_id = ?)
     ORDER BY created_at DESC, key DESC LIMIT ? OFFSET ?`,
    deleted ? 1 : 0,
    clientName ?? null,
    clientName ?? null,
    deviceId ?? null,
    deviceId ?? null,
    size,
    page * size,
  );

export const closeSet = (sql: ObjectSql, key: number, at: number) =>
  sql.run("UPDATE sets SET closed_at = ?, modified_at = ? WHERE key = ?", at, at, key);

/** Replaces what is said of a set. */
export const changeSet = (sql: ObjectSql, set: Pick<SetRow, "key" | "record" | "time" | "deviceId">, at: number) =>
  sql.run(
    "UPDATE sets SET record = ?, time = ?, device_id = ?, modified_at = ? WHERE key = ?",
    set.record,
    set.time,
    set.deviceId,
    at,
    set.key,
  );

/** Its record stays, as that of a deleted set. */
export const markSetDeleted = (sql: ObjectSql, key: number, at: number) =>
  sql.run("UPDATE sets SET deleted_at = ?, modified_at = ? WHERE key = ?", at, at, key);

/** The other sets of a device that are not deleted. */
export const otherSetsOfDevice = (sql: ObjectSql, deviceId: string, key: number): SetRow[] =>
  sql.all<SetRow>(`SELECT ${COLUMNS} FROM sets WHERE device_id = ? AND key <> ? AND deleted_at IS NULL`, deviceId, key);

/** The keys of the sets whose data readers do not see: few, as open ones are closed and deleted ones have no data. */
export const hiddenSets = (sql: ObjectSql): ReadonlySet<number> =>
  sql.remembered("hidden sets", () => {
    const rows = sql.all<{ key: number }>(`SELECT key FROM sets WHERE deleted_at IS NULL AND NOT ${ACTIVE}`);
    return new Set(rows.map(({ key }) => key));
  });

/** The sets that readers see, of a span of time behind a position, in the order of time and id. */
export const visibleSets = (
  sql: ObjectSql,
  span: { readonly from: number; readonly to: number; readonly after: number; readonly afterId: string },
  order: "ASC" | "DESC",
  limit: number,
): SetRow[] =>
  sql.all<SetRow>(
    `SELECT ${COLUMNS} FROM sets WHERE time BETWEEN ? AND ? AND (time > ? OR time = ? AND id > ?) AND deleted_at IS NULL
       AND (closed_at IS NOT NULL OR is_continuous = 1) ORDER BY time ${order}, id ${order} LIMIT ?`,
    span.from,
    span.to,
    span.after,
    span.after,
    span.afterId,
    limit,
  );

/** Whether an upload of a maker's device is complete and not deleted. */
export const hasUploadOf = (sql: ObjectSql, manufacturer: string): boolean =>
  sql.first(
    `SELECT 1 AS one FROM sets, json_each(sets.record, '$.deviceManufacturers') AS maker
     WHERE closed_at IS NOT NULL AND deleted_at IS NULL AND maker.value = ? LIMIT 1`,
    manufacturer,
  ) !== undefined;

/** An isolate has many objects, and a person hardly ever so many sets. */
const SETS_REMEMBERED_MAX = 5_000;

/** The ids of all sets by their key. */
export const setIds = (sql: ObjectSql): ReadonlyMap<number, string> =>
  sql.remembered(
    "set ids",
    () => {
      const rows = sql.all<{ key: number; id: string }>("SELECT key, id FROM sets");
      return new Map(rows.map(({ key, id }) => [key, id]));
    },
    ({ size }) => size <= SETS_REMEMBERED_MAX,
  );

/** The number of what is known of a sender. */
export function provenanceKey(sql: ObjectSql, text: string): number {
  const known = sql.first<{ key: number }>("SELECT key FROM provenances WHERE text = ?", text);
  if (known) return known.key;
  return sql.first<{ key: number }>("INSERT INTO provenances (text) VALUES (?) RETURNING key", text)!.key;
}
