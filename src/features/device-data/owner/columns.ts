import type { ObjectSql, ObjectValue } from "../../../platform/objects/object-sql.ts";
import { utf8 } from "../../../platform/core/utf8.ts";
import { ID_TEXT } from "./data-store.ts";

/**
 * Rows of `data`, a column each. As one row of texts they are read in half the time that a list for each of them takes. All ids
 * have as many letters.
 */
export interface DataColumns {
  readonly times: readonly number[];
  /** `ID_LENGTH` letters of each row, one behind the other. */
  readonly ids: DataView<ArrayBuffer>;
  /** Whether an id may be another text than a hexadecimal number. */
  readonly hasTextIds: boolean;
  /** Of each row, what `kindOf` takes apart. */
  readonly kinds: readonly number[];
  /** As a whole number of which `VALUE_UNITS` are one; where that is not the same number, its text. */
  readonly values: readonly (number | string | null)[];
  /** Other members, as JSON behind a comma, by the places of the rows that have any. */
  readonly rests: ReadonlyMap<number, string>;
}

export const ID_LENGTH = 32;
/** Values that come from mg/dL are whole numbers of hundred thousandths: read as such they take half the time. */
export const VALUE_UNITS = 100_000;
/** A person has fewer shapes, and so many sets that both fit into a number. */
const SHAPES_MAX = 2 ** 26;

/** The key of the shape of a row, and of its set. */
export const kindOf = ({ kinds }: DataColumns, at: number): readonly [shape: number, setKey: number] => {
  const kind = kinds[at]!;
  return [kind % SHAPES_MAX, Math.floor(kind / SHAPES_MAX)];
};

/** What else a datum has may be large; so many bytes of each are read together with those of other rows. */
const SMALL = 100;
/** JSON has none of these characters. */
const BETWEEN = "\u001f";
/** Texts of all rows together: of 10,000 none is near the size that a value may have. */
const AS_TEXTS = `group_concat(time), group_concat(digits, ''), group_concat(kind), group_concat(measured),
  coalesce(max(has_text_id), 0), group_concat(has_rest, ''),
  group_concat(CASE WHEN octet_length(rest) <= ${SMALL} THEN rest END, char(${BETWEEN.charCodeAt(0)})),
  coalesce(max(octet_length(rest)), 0)`;
const WHOLE = `CAST(round(value * ${VALUE_UNITS}.0) AS INTEGER)`;
/** With as many digits as tell a number from all others: SQLite's JSON has so many since version 3.53.2 alone. */
const MEASURED = `CASE WHEN ${WHOLE} / ${VALUE_UNITS}.0 = value THEN ${WHOLE}
  WHEN value IS NULL THEN 'null' ELSE printf('"%!.17g"', value) END`;
const ROW = `time, hex(id) AS digits, set_key * ${SHAPES_MAX} + shape AS kind, ${MEASURED} AS measured,
  typeof(id) <> 'blob' AS has_text_id, rest IS NOT NULL AS has_rest, rest`;

type Texts = [
  times: string | null,
  digits: string | null,
  kinds: string | null,
  values: string | null,
  hasTextIds: number,
  /** A digit for each row: whether it has other members. */
  haveRests: string | null,
  smallRests: string | null,
  longestRest: number,
];

const listOf = <T>(text: string | null) => JSON.parse(`[${text ?? ""}]`) as T[];

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
  const [times, digits, kinds, measured, hasTextIds, haveRests, smallRests, longestRest] = row;
  const texts = (statement: string) => sql.lists(statement, ...all).map(([text]) => text as string);
  const rests =
    longestRest <= SMALL
      ? (smallRests?.split(BETWEEN) ?? [])
      : texts(`SELECT rest FROM (SELECT time, key, id, rest ${found}) WHERE rest IS NOT NULL ORDER BY ${order}`);
  return {
    times: listOf(times),
    ids: lettersOf(hasTextIds === 0 ? (digits ?? "").toLowerCase() : texts(`SELECT ${ID_TEXT} ${found}`).join("")),
    hasTextIds: hasTextIds !== 0,
    kinds: listOf(kinds),
    values: listOf(measured),
    rests: atOnes(haveRests ?? "", rests),
  };
}

/** Texts by the places of the ones in a text of digits. */
function atOnes(digits: string, texts: readonly string[]): Map<number, string> {
  const placed = new Map<number, string>();
  let at = -1;
  for (const text of texts) placed.set((at = digits.indexOf("1", at + 1)), text);
  return placed;
}

/** The first so many of the rows. */
export const firstOf = (columns: DataColumns, count: number): DataColumns => ({
  times: columns.times.slice(0, count),
  ids: new DataView(columns.ids.buffer, columns.ids.byteOffset, count * ID_LENGTH),
  hasTextIds: columns.hasTextIds,
  kinds: columns.kinds.slice(0, count),
  values: columns.values.slice(0, count),
  rests: new Map([...columns.rests].filter(([at]) => at < count)),
});

/** The rows of both. */
export const joined = (some: DataColumns, others: DataColumns): DataColumns => ({
  times: [...some.times, ...others.times],
  ids: both(some.ids, others.ids),
  hasTextIds: some.hasTextIds || others.hasTextIds,
  kinds: [...some.kinds, ...others.kinds],
  values: [...some.values, ...others.values],
  rests: new Map([...some.rests, ...[...others.rests].map(([at, rest]) => [some.times.length + at, rest] as const)]),
});

function both(some: DataView, others: DataView): DataView<ArrayBuffer> {
  const all = new Uint8Array(some.byteLength + others.byteLength);
  all.set(bytesOf(some));
  all.set(bytesOf(others), some.byteLength);
  return new DataView(all.buffer);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: DataView) => new Uint8Array(buffer, byteOffset, byteLength);
const decoder = new TextDecoder();

/** The id of a row. */
export const idAt = ({ ids }: DataColumns, at: number): string =>
  decoder.decode(bytesOf(ids).subarray(at * ID_LENGTH, (at + 1) * ID_LENGTH));

/** Ids, one behind the other, as columns have them. */
export function lettersOf(ids: string): DataView<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = utf8(ids);
  return new DataView(buffer, byteOffset, byteLength);
}
