import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import type { Position } from "../model/query.ts";
import { ID_TEXT } from "./data-store.ts";
import { DataBytes, type WrittenShape } from "./data-bytes.ts";
import { toUpload } from "./data-set.ts";
import { hasUploadOf, hiddenSets, setIds, type SetRow, visibleSets } from "./sets-store.ts";

/** What a query asks for. Types and shapes are numbers of this object; undefined: whatever there is. */
export interface ObjectQuery {
  readonly types: readonly number[];
  /** The data sets themselves as well. */
  readonly uploads: boolean;
  readonly subTypes?: readonly string[] | undefined;
  readonly deviceId?: string | undefined;
  readonly uploadId?: string | undefined;
  /** Epoch milliseconds, both inclusive. */
  readonly from: number;
  readonly to: number;
  /** Undefined: they are left out where the person uploads the same pumps otherwise. */
  readonly carelink: boolean | undefined;
  /** Only the newest of each type. */
  readonly latest: boolean;
}

export interface Page {
  /** The data as members of a JSON list, without its brackets. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly count: number;
  /** The last datum, where more may follow. */
  readonly next: Position | undefined;
}

interface Shape extends WrittenShape {
  readonly key: number;
}

/** The source of data that are left out, and whose uploads have the same. */
const CARELINK = { source: "carelink", manufacturer: "Medtronic" } as const;

/** Columns of a row, in this order: `lists` gives no names. A data set is its text as `rest`, without a shape. */
const COLUMNS = `time, ${ID_TEXT}, shape, set_key, value, rest`;
type DataList = [
  time: number,
  id: string,
  shape: number | null,
  setKey: number,
  value: number | null,
  rest: string | null,
];

/** The visible data that a query asks for, in the order of time and id, behind a position. */
export function queryPage(sql: ObjectSql, query: ObjectQuery, after: Position | undefined, limit: number): Page {
  const shapes = shapesOf(sql, query);
  const ids = setIds(sql);
  const setKey = query.uploadId === undefined ? undefined : [...ids].find(([, id]) => id === query.uploadId)?.[0];
  if (query.uploadId !== undefined && setKey === undefined)
    return { bytes: new Uint8Array(), count: 0, next: undefined };
  const narrowing = [
    ...(shapes.isPart ? [`shape IN (${[...shapes.byKey.keys()].join(", ") || "NULL"})`] : []),
    ...(setKey === undefined ? [] : [`set_key = ${setKey}`]),
    visibleData(sql),
  ].join(" AND ");
  const read = query.latest ? newestOf : pageOf;
  const rows = query.types.map((type) => read(sql, type, query, narrowing, after, limit));
  if (query.uploads) rows.push(uploadsOf(sql, query, after, limit));
  const shown = inOrder(rows).slice(0, limit);
  const [time, id] = shown.at(-1) ?? [];
  const mayFollow = !query.latest && shown.length === limit;
  const written = new DataBytes(shapes.byKey, ids);
  for (const [at, datumId, shape, set, value, rest] of shown) {
    if (shape === null) written.text(rest!);
    else written.datum(at, datumId, shape, set, value, rest);
  }
  return {
    bytes: written.take(),
    count: shown.length,
    next: mayFollow && time !== undefined && id !== undefined ? { time, id } : undefined,
  };
}

const byTimeAndId = ([time, id]: DataList, [otherTime, otherId]: DataList): number =>
  time - otherTime || (id < otherId ? -1 : 1);

/** Lists that are in the order of time, as one in the order of time and id. */
function inOrder(lists: readonly DataList[][]): DataList[] {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length > 1) return filled.flat().toSorted(byTimeAndId);
  const [list = []] = filled;
  // Data of a type are hardly ever at the same time.
  return list.some(([time], i) => time === list[i - 1]?.[0]) ? list.toSorted(byTimeAndId) : list;
}

/** The condition on rows of `data` that readers see. */
export function visibleData(sql: ObjectSql): string {
  const hidden = hiddenSets(sql);
  return `is_archived = 0${hidden.size > 0 ? ` AND set_key NOT IN (${[...hidden].join(", ")})` : ""}`;
}

/**
 * The first rows of a type behind a position, in the order of time alone, as the index has them: to have them sorted by id as
 * well takes as long as reading them. Of the last time all are there, whatever the limit.
 */
function pageOf(
  sql: ObjectSql,
  type: number,
  { from, to }: ObjectQuery,
  narrowing: string,
  after: Position | undefined,
  limit: number,
): DataList[] {
  const start = after === undefined ? from : Math.max(from, after.time);
  const rows = (first: number, last: number, max: number) =>
    sql.lists(
      `SELECT ${COLUMNS} FROM data WHERE type = ?1 AND time BETWEEN ?2 AND ?3 AND ${narrowing}
         AND (time > ?4 OR ${ID_TEXT} > ?) ORDER BY time LIMIT ?`,
      type,
      first,
      last,
      after?.time ?? Number.MIN_SAFE_INTEGER,
      after?.id ?? "",
      max,
    ) as DataList[];
  const found = rows(start, to, limit);
  const last = found.at(-1)?.[0];
  if (last === undefined || found.length < limit) return found;
  while (found.at(-1)?.[0] === last) found.pop();
  return [...found, ...rows(last, last, ALL)];
}

/** SQLite's word for no limit. */
const ALL = -1;

/** The newest row of a type, if there is one. */
const newestOf = (sql: ObjectSql, type: number, { from, to }: ObjectQuery, narrowing: string): DataList[] =>
  sql.lists(
    `SELECT ${COLUMNS} FROM data WHERE type = ? AND time BETWEEN ? AND ? AND ${narrowing} ORDER BY time DESC, ${ID_TEXT} DESC LIMIT 1`,
    type,
    from,
    to,
  ) as DataList[];

/** Data sets are data of the type `upload`, without a sub-type. */
function uploadsOf(sql: ObjectSql, query: ObjectQuery, after: Position | undefined, limit: number): DataList[] {
  if (query.subTypes !== undefined) return [];
  const { from, to, deviceId, uploadId, latest } = query;
  const span = { from, to, after: after?.time ?? Number.MIN_SAFE_INTEGER, afterId: after?.id ?? "" };
  const isWanted = (set: SetRow) =>
    (deviceId === undefined || set.deviceId === deviceId) && (uploadId === undefined || set.id === uploadId);
  // Where only some are wanted all are looked at: a person has few.
  const isPart = deviceId !== undefined || uploadId !== undefined;
  return visibleSets(sql, span, latest ? "DESC" : "ASC", isPart ? SETS_MAX : limit)
    .filter(isWanted)
    .slice(0, latest ? 1 : limit)
    .map((set) => [set.time, set.id, null, set.key, null, JSON.stringify(toUpload(set))]);
}

/** More sets than anybody has. */
const SETS_MAX = 100_000;

function shapesOf(sql: ObjectSql, query: ObjectQuery) {
  const { subTypes, deviceId, carelink } = query;
  const withoutCarelink = !(carelink ?? !hasUploadOf(sql, CARELINK.manufacturer));
  const isPart = subTypes !== undefined || deviceId !== undefined || withoutCarelink;
  const rows = sql.all<Shape & { subType: string | null; deviceId: string | null; source: string | null }>(
    `SELECT key, offset_ms AS offsetMs, flags, text, sub_type AS subType, device_id AS deviceId, source FROM shapes`,
  );
  const chosen = rows.filter(
    (shape) =>
      (subTypes === undefined || subTypes.includes(shape.subType ?? "")) &&
      (deviceId === undefined || shape.deviceId === deviceId) &&
      !(withoutCarelink && shape.source === CARELINK.source),
  );
  return { isPart: isPart && chosen.length < rows.length, byKey: new Map(chosen.map((shape) => [shape.key, shape])) };
}
