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
 * read row by row, where there is any.
 */
const AS_TEXTS = `group_concat(time), group_concat(digits, ''), group_concat(shape), group_concat(set_key),
  group_concat(measured), coalesce(max(has_text_id), 0), coalesce(max(has_rest), 0)`;
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
  hasRests: number,
];

const numbers = (text: string | null) => JSON.parse(`[${text ?? ""}]`) as number[];

/** The rows that a statement finds behind its columns (`FROM data …`), at most 10,000; its order leaves none of them open. */
export function readColumns(sql: ObjectSql, from: string, ...values: readonly ObjectValue[]): DataColumns {
  const [row] = sql.lists(`SELECT ${AS_TEXTS} FROM (SELECT ${ROW} ${from})`, ...values) as [Texts];
  const [times, digits, shapes, setKeys, measured, hasTextIds, hasRests] = row;
  const texts = (column: string) => sql.lists(`SELECT ${column} ${from}`, ...values).map(([text]) => text as string);
  return {
    times: numbers(times),
    ids: hasTextIds === 0 ? (digits ?? "") : texts(ID_TEXT).join(""),
    shapes: numbers(shapes),
    setKeys: numbers(setKeys),
    values: numbers(measured),
    rests: hasRests === 0 ? [] : texts("coalesce(rest, '')"),
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
