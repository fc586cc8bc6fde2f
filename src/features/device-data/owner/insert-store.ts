import type { ObjectSql, ObjectValue } from "../../../platform/objects/object-sql.ts";
import { STORED_ID } from "./data-store.ts";
import type { PackedData, PackedShape } from "./packed.ts";

/** The key of each shape; those that are new are stored. */
function shapeKeys(sql: ObjectSql, shapes: readonly PackedShape[]): number[] {
  return shapes.map(({ type, subType, deviceId, source, minutes, offsetMs, flags, text }) => {
    const known = sql.first<{ key: number }>("SELECT key FROM shapes WHERE text = ? AND flags = ?", text, flags);
    if (known) return known.key;
    return sql.first<{ key: number }>(
      `INSERT INTO shapes (type, sub_type, device_id, source, minutes, offset_ms, flags, text)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING key`,
      type,
      subType,
      deviceId,
      source,
      minutes,
      offsetMs,
      flags,
      text,
    )!.key;
  });
}

/** What differs among the data of a shape, and of some of them there may be nothing. */
const VARYING = ["time", "value", "rest", "hash", "origin", "id"] as const;
type Varying = (typeof VARYING)[number];

/** A statement takes a hundred values, of which these are the same in all of its rows. */
const VALUES_MAX = 100;
const COMMON = ["set_key", "created_at", "type", "shape", "first key"] as const;

/** The statement that inserts so many data of a shape, of which no more than `given` is stored. */
function insertionOf(given: readonly Varying[], rows: number): string {
  const tuple = (row: number) => {
    const place = (name: Varying) => `?${COMMON.length + 1 + row * given.length + given.indexOf(name)}`;
    const values = VARYING.map((name) => {
      if (!given.includes(name)) return "NULL";
      return name === "id" ? STORED_ID(place(name)) : place(name);
    });
    return `(?1, ?2, 0, ?3, ?4, ?5 + ${row}, ${values.join(", ")})`;
  };
  return `INSERT INTO data (set_key, created_at, is_archived, type, shape, key, ${VARYING.join(", ")})
    VALUES ${Array.from({ length: rows }, (_, row) => tuple(row)).join(", ")}`;
}

/** Statements that were needed before: there are few, as most requests have data of few forms. */
const insertions = new Map<string, string>();
const INSERTIONS_MAX = 200;

function insertion(given: readonly Varying[], rows: number): string {
  const name = `${given.join(" ")} ${rows}`;
  const known = insertions.get(name) ?? insertionOf(given, rows);
  if (insertions.size < INSERTIONS_MAX) insertions.set(name, known);
  return known;
}

/** Stores those of the data that are wanted, as one addition to a set. Returns the key of the first of them. */
export function insertData(
  sql: ObjectSql,
  data: PackedData,
  wanted: readonly number[],
  addition: { readonly setKey: number; readonly createdAt: number; readonly provenance: number },
): number | undefined {
  if (wanted.length === 0) return undefined;
  const { setKey, createdAt, provenance } = addition;
  const last = sql.first<{ key: number | null }>("SELECT max(key) AS key FROM data")?.key ?? 0;
  const lastAdded =
    sql.first<{ key: number | null }>("SELECT last_key AS key FROM additions ORDER BY first_key DESC LIMIT 1")?.key ??
    0;
  // A key is never used twice, though the newest data be deleted.
  const first = Math.max(last, lastAdded) + 1;
  const shapes = shapeKeys(sql, data.shapes);
  const columns = {
    time: data.times,
    value: data.values,
    rest: data.rests,
    hash: data.hashes,
    origin: data.origins,
    id: data.ids,
  };
  const valueOf = (name: Varying, i: number): ObjectValue => {
    const value = columns[name]?.[i] ?? null;
    return Number.isNaN(value) ? null : value;
  };
  let key = first;
  // What is the same in all rows of a statement takes none of its values: so many more rows fit into it.
  for (const [shape, ofShape] of Map.groupBy(wanted, (i) => data.shapeOf[i]!)) {
    const common = [setKey, createdAt, data.shapes[shape]!.type, shapes[shape]!];
    const given = VARYING.filter((name) => columns[name] && ofShape.some((i) => valueOf(name, i) !== null));
    const rowsAtOnce = Math.floor((VALUES_MAX - COMMON.length) / given.length);
    for (let at = 0; at < ofShape.length; at += rowsAtOnce) {
      const rows = ofShape.slice(at, at + rowsAtOnce);
      const values: ObjectValue[] = [...common, key];
      for (const i of rows) for (const name of given) values.push(valueOf(name, i));
      sql.run(insertion(given, rows.length), ...values);
      key += rows.length;
    }
  }
  sql.run(
    "INSERT INTO additions (first_key, last_key, set_key, provenance) VALUES (?, ?, ?, ?)",
    first,
    first + wanted.length - 1,
    setKey,
    provenance,
  );
  return first;
}
