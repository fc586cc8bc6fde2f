import { OBJECT_VALUE_BYTES_MAX, type ObjectSql, type ObjectValue } from "../../../platform/objects/object-sql.ts";
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

/** Beside its other members a row has fewer letters among the tokens. */
const TOKEN_LENGTH = 60;
/**
 * What else a datum has may be large; so many bytes of each are read together with those of other rows: all rows are one value
 * of SQLite's, and a letter that is quoted takes two.
 */
const smallOf = (limit: number): number => Math.floor((OBJECT_VALUE_BYTES_MAX / limit - TOKEN_LENGTH) / 2);

const KIND = `set_key * ${SHAPES_MAX} + shape`;
const USUAL = ["(SELECT usual_shape FROM usual)", "(SELECT usual_set_key FROM usual)"] as const;
const IS_USUAL = `shape = ${USUAL[0]} AND set_key = ${USUAL[1]}`;
/** Of a row whose kind is told: these and the kind are one number. */
const [IS_TOLD, HAS_LARGE_REST, HAS_TEXT_ID] = [-4, 1, 2] as const;
/** Calls of functions are left out where a comparison says the same: they are made for each row. */
const WHOLE = `CAST(value * ${VALUE_UNITS}.0 + 0.5 AS INTEGER)`;
/** Every blob comes after every text. */
const HAS_BINARY_ID = "id >= x''";
/** With as many digits as tell a number from all others: SQLite's JSON has so many since version 3.53.2 alone. */
const MEASURED = `CASE WHEN value >= 0 AND ${WHOLE} / ${VALUE_UNITS}.0 = value THEN ${WHOLE}
  WHEN value IS NULL THEN 'null' ELSE printf('"%!.17g"', value) END`;
const told = (small: number) =>
  `(${IS_TOLD} * (${KIND}) - (coalesce(octet_length(rest), 0) > ${small}) * ${HAS_LARGE_REST}
    - (NOT ${HAS_BINARY_ID}) * ${HAS_TEXT_ID})`;
/**
 * The value of a row; before it, where the row is not like most others, its kind and what else there is about it, as a negative
 * number; behind it, where it has other members, those, as a text that begins with a comma. What is made for each row for
 * SQLite to put together is what reading takes time for: of readings it is three texts.
 */
const tokensOf = (small: number) =>
  `CASE WHEN ${IS_USUAL} AND rest IS NULL AND ${HAS_BINARY_ID} THEN ${MEASURED}
    WHEN octet_length(rest) <= ${small} THEN ${told(small)} || ',' || ${MEASURED} || ',' || json_quote(rest)
    ELSE ${told(small)} || ',' || ${MEASURED} END`;

type Texts = [
  usualShape: number | null,
  usualSetKey: number | null,
  times: string | null,
  digits: string | null,
  tokens: string | null,
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
  const small = smallOf(limit);
  const [row] = sql.lists(
    `WITH usual (usual_shape, usual_set_key) AS (SELECT shape, set_key FROM data WHERE ${where} LIMIT 1)
     SELECT ${USUAL.join(", ")}, group_concat(time), group_concat(digits, ''), group_concat(tokens)
     FROM (SELECT time, hex(id) AS digits, ${tokensOf(small)} AS tokens ${found})`,
    ...all,
  ) as [Texts];
  const [usualShape, usualSetKey, times, digits, tokens] = row;
  const texts = (statement: string) => sql.lists(statement, ...all).map(([text]) => text as string);
  const { hasTextIds, withLargeRests, ...columns } = toldBy(
    listOf(tokens),
    (usualSetKey ?? 0) * SHAPES_MAX + (usualShape ?? 0),
  );
  if (withLargeRests.length > 0) {
    const large = texts(`SELECT rest FROM (SELECT time, key, id, rest ${found}) WHERE octet_length(rest) > ${small}
      ORDER BY ${order}`);
    for (const [i, at] of withLargeRests.entries()) columns.rests.set(at, large[i]!);
  }
  return {
    times: listOf(times),
    ids: lettersOf(hasTextIds ? texts(`SELECT ${ID_TEXT} ${found}`).join("") : (digits ?? "").toLowerCase()),
    hasTextIds,
    ...columns,
  };
}

/** What tokens say of each row. */
function toldBy(tokens: readonly (number | string | null)[], usual: number) {
  const kinds: number[] = [];
  const values: (number | string | null)[] = [];
  const rests = new Map<number, string>();
  const withLargeRests: number[] = [];
  let [kind, hasTextIds] = [usual, false];
  for (const token of tokens) {
    if (typeof token === "number" && token < 0) {
      kind = Math.floor(token / IS_TOLD);
      const more = -token % -IS_TOLD;
      if ((more & HAS_LARGE_REST) !== 0) withLargeRests.push(values.length);
      if ((more & HAS_TEXT_ID) !== 0) hasTextIds = true;
    } else if (typeof token === "string" && token.startsWith(",")) {
      rests.set(values.length - 1, token);
    } else {
      kinds.push(kind);
      values.push(token);
      kind = usual;
    }
  }
  return { kinds, values, rests, hasTextIds, withLargeRests };
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
