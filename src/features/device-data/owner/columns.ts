import type { ObjectSql, ObjectValue } from "../../../platform/objects/object-sql.ts";
import { ID_TEXT } from "./data-store.ts";

/**
 * Rows of `data`, a column each. As one row of texts they are read in half the time that a list for each of them takes. All ids
 * have as many letters.
 */
export interface DataColumns {
  readonly times: readonly number[];
  /** One behind the other, their letters small or large. */
  readonly ids: string;
  readonly shapes: readonly number[];
  readonly setKeys: readonly number[];
  readonly values: readonly (number | null)[];
  /** Other members, as JSON behind a comma; none at all where no row has any. */
  readonly rests: readonly string[];
}

export const ID_LENGTH = 32;
/**
 * Texts of all rows together: of 10,000 none is near the size that a value may have. What else a datum has may be large, and is
 * read for itself, of the rows that have any.
 */
const AS_TEXTS = `group_concat(time), group_concat(digits, ''), group_concat(shape), group_concat(set_key),
  group_concat(measured), coalesce(max(has_text_id), 0), group_concat(has_rest, '')`;
/** With as many digits as tell a number from all others: SQLite's JSON has so many since version 3.53.2 alone. */
const EXACT = "CASE WHEN value IS NULL THEN 'null' ELSE printf('%!.17g', value) END";
const ROW = `time, hex(id) AS digits, shape, set_key, ${EXACT} AS measured, typeof(id) <> 'blob' AS has_text_id, rest IS NOT NULL AS has_rest`;

type Texts = [
  times: string | null,
  digits: string | null,
  shapes: string | null,
  setKeys: string | null,
  values: string | null,
  hasTextIds: number,
  /** A digit for each row: whether it has other members. */
  haveRests: string | null,
];

const numbers = (text: string | null) => JSON.parse(`[${text ?? ""}]`) as number[];

/** Rows of `data`: a condition with numbered places for its values, and an order that leaves none of them open. */
export interface Rows {
  readonly where: string;
  readonly order: string;
  /** At most 10,000. */
  readonly limit: number;
}

/** The columns of rows, in their order. */
export function readColumns(
  sql: ObjectSql,
  { where, order, limit }: Rows,
  ...values: readonly ObjectValue[]
): DataColumns {
  const found = `FROM data WHERE ${where} ORDER BY ${order} LIMIT ?${values.length + 1}`;
  const all = [...values, limit];
  const [row] = sql.lists(`SELECT ${AS_TEXTS} FROM (SELECT ${ROW} ${found})`, ...all) as [Texts];
  const [times, digits, shapes, setKeys, measured, hasTextIds, haveRests] = row;
  const texts = (statement: string) => sql.lists(statement, ...all).map(([text]) => text as string);
  const rests = haveRests?.includes("1")
    ? texts(`SELECT rest FROM (SELECT time, key, id, rest ${found}) WHERE rest IS NOT NULL ORDER BY ${order}`)
    : [];
  let next = 0;
  return {
    times: numbers(times),
    ids: hasTextIds === 0 ? (digits ?? "") : texts(`SELECT ${ID_TEXT} ${found}`).join(""),
    shapes: numbers(shapes),
    setKeys: numbers(setKeys),
    values: numbers(measured),
    rests: rests.length === 0 ? [] : Array.from(haveRests!, (has) => (has === "1" ? rests[next++]! : "")),
  };
}

/** The first so many of the rows. */
export const firstOf = (columns: DataColumns, count: number): DataColumns => ({
  times: columns.times.slice(0, count),
  ids: columns.ids.slice(0, count * ID_LENGTH),
  shapes: columns.shapes.slice(0, count),
  setKeys: columns.setKeys.slice(0, count),
  values: columns.values.slice(0, count),
  rests: columns.rests.slice(0, count),
});

/** The rows of both. */
export const joined = (some: DataColumns, others: DataColumns): DataColumns => ({
  times: [...some.times, ...others.times],
  ids: some.ids + others.ids,
  shapes: [...some.shapes, ...others.shapes],
  setKeys: [...some.setKeys, ...others.setKeys],
  values: [...some.values, ...others.values],
  rests: some.rests.length + others.rests.length === 0 ? [] : [...restsOf(some), ...restsOf(others)],
});

const restsOf = ({ times, rests }: DataColumns): readonly string[] => (rests.length > 0 ? rests : times.map(() => ""));

/** The id of a row. */
export const idAt = ({ ids }: DataColumns, at: number): string =>
  ids.slice(at * ID_LENGTH, (at + 1) * ID_LENGTH).toLowerCase();
