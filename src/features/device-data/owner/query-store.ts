import { utf8 } from "../../../platform/core/utf8.ts";
import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import type { Position } from "../model/query.ts";
import { type DataColumns, firstOf, idAt, joined, lettersOf, readColumns } from "./columns.ts";
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
  /** The data as a JSON list. */
  readonly list: Uint8Array<ArrayBuffer>;
  readonly count: number;
  /** The last datum, where more may follow. */
  readonly next: Position | undefined;
}

interface Shape extends WrittenShape {
  readonly key: number;
}

/** The source of data that are left out, and whose uploads have the same. */
const CARELINK = { source: "carelink", manufacturer: "Medtronic" } as const;

/** Data of one type in the order of time; `texts`: of data sets, which are written as they are. */
interface Found {
  readonly columns: DataColumns;
  readonly texts?: readonly string[];
}

/** The place of a datum among those that were found. */
interface Place {
  readonly of: Found;
  readonly at: number;
}

/** The visible data that a query asks for, in the order of time and id, behind a position. */
export function queryPage(sql: ObjectSql, query: ObjectQuery, after: Position | undefined, limit: number): Page {
  const shapes = shapesOf(sql, query);
  const ids = setIds(sql);
  const setKey = query.uploadId === undefined ? undefined : [...ids].find(([, id]) => id === query.uploadId)?.[0];
  if (query.uploadId !== undefined && setKey === undefined) return emptyPage();
  const narrowing = [
    ...(shapes.isPart ? [`shape IN (${[...shapes.byKey.keys()].join(", ") || "NULL"})`] : []),
    ...(setKey === undefined ? [] : [`set_key = ${setKey}`]),
    visibleData(sql),
  ].join(" AND ");
  const read = query.latest ? newestOf : pageOf;
  const types = query.types.filter((type) => shapes.types.has(type));
  const found: Found[] = types.map((type) => ({ columns: read(sql, type, query, narrowing, after, limit) }));
  if (query.uploads) found.push(uploadsOf(sql, query, after, limit));
  const shown = inOrder(found, limit);
  const written = new DataBytes(shapes.byKey, ids, shown.length);
  for (const { of, at } of shown) {
    if (of.texts) written.text(of.texts[at]!);
    else written.datum(of.columns, at);
  }
  const last = shown.at(-1);
  const mayFollow = !query.latest && shown.length === limit;
  return { list: written.take(), count: shown.length, next: mayFollow && last ? positionOf(last) : undefined };
}

/** Nothing, of which there is no more. */
export const emptyPage = (): Page => ({ list: utf8("[]"), count: 0, next: undefined });

const timeOf = ({ of, at }: Place): number => of.columns.times[at]!;
const positionOf = (place: Place): Position => ({ time: timeOf(place), id: idAt(place.of.columns, place.at) });

const byTimeAndId = (one: Place, other: Place): number =>
  timeOf(one) - timeOf(other) || (idAt(one.of.columns, one.at) < idAt(other.of.columns, other.at) ? -1 : 1);

/** Data that are in the order of time by type, as one list in the order of time and id: the first of it. */
function inOrder(found: readonly Found[], limit: number): Place[] {
  const places: Place[] = [];
  let [count, isInOrder] = [0, true];
  for (const of of found) {
    const { times } = of.columns;
    for (let at = 0; at < times.length; at++) {
      // Data of one type are hardly ever at the same time, and most persons have one type of which there are many.
      if (count > 0 && times[at]! <= timeOf(places[count - 1]!)) isInOrder = false;
      places[count++] = { of, at };
    }
  }
  return (isInOrder ? places : places.toSorted(byTimeAndId)).slice(0, limit);
}

/** The condition on rows of `data` that readers see. */
export function visibleData(sql: ObjectSql): string {
  const hidden = hiddenSets(sql);
  return `is_archived = 0${hidden.size > 0 ? ` AND set_key NOT IN (${[...hidden].join(", ")})` : ""}`;
}

/**
 * The first rows of a type behind a position, in the order of time alone, as the index has them: to have them sorted by id as
 * well takes as long as reading them. Those of the last time are the first by id.
 */
function pageOf(
  sql: ObjectSql,
  type: number,
  { from, to }: ObjectQuery,
  narrowing: string,
  after: Position | undefined,
  limit: number,
): DataColumns {
  const start = after === undefined ? from : Math.max(from, after.time);
  const where = `type = ?1 AND time BETWEEN ?2 AND ?3 AND ${narrowing}`;
  const rows = (first: number, last: number, order: string) =>
    after === undefined
      ? readColumns(sql, { where, order, limit }, type, first, last)
      : readColumns(
          sql,
          { where: `${where} AND (time > ?4 OR ${ID_TEXT} > ?5)`, order, limit },
          type,
          first,
          last,
          after.time,
          after.id,
        );
  const found = rows(start, to, "time, key");
  const last = found.times.at(-1);
  if (last === undefined || found.times.length < limit) return found;
  return joined(firstOf(found, found.times.indexOf(last)), rows(last, last, ID_TEXT));
}

/** The newest row of a type, if there is one. */
const newestOf = (sql: ObjectSql, type: number, { from, to }: ObjectQuery, narrowing: string): DataColumns =>
  readColumns(
    sql,
    { where: `type = ?1 AND time BETWEEN ?2 AND ?3 AND ${narrowing}`, order: `time DESC, ${ID_TEXT} DESC`, limit: 1 },
    type,
    from,
    to,
  );

/** Data sets are data of the type `upload`, without a sub-type. */
function uploadsOf(sql: ObjectSql, query: ObjectQuery, after: Position | undefined, limit: number): Found {
  if (query.subTypes !== undefined) return NONE;
  const { from, to, deviceId, uploadId, latest } = query;
  const span = { from, to, after: after?.time ?? Number.MIN_SAFE_INTEGER, afterId: after?.id ?? "" };
  const isWanted = (set: SetRow) =>
    (deviceId === undefined || set.deviceId === deviceId) && (uploadId === undefined || set.id === uploadId);
  // Where only some are wanted all are looked at: a person has few.
  const isPart = deviceId !== undefined || uploadId !== undefined;
  const shown = visibleSets(sql, span, latest ? "DESC" : "ASC", isPart ? SETS_MAX : limit)
    .filter(isWanted)
    .slice(0, latest ? 1 : limit);
  const ofSets = { times: shown.map(({ time }) => time), ids: lettersOf(shown.map(({ id }) => id).join("")) };
  return { columns: { ...NO_COLUMNS, ...ofSets }, texts: shown.map((set) => JSON.stringify(toUpload(set))) };
}

const NO_COLUMNS: DataColumns = {
  times: [],
  ids: lettersOf(""),
  hasTextIds: false,
  kinds: [],
  values: [],
  rests: new Map(),
};
const NONE: Found = { columns: NO_COLUMNS };

/** More sets than anybody has. */
const SETS_MAX = 100_000;

type ShapeRow = Shape & {
  readonly type: number;
  readonly subType: string | null;
  readonly deviceId: string | null;
  readonly source: string | null;
};
const SHAPES = `SELECT key, type, offset_ms AS offsetMs, flags, text, sub_type AS subType, device_id AS deviceId, source
  FROM shapes`;
/** An isolate has many objects. */
const REMEMBERED_LENGTH_MAX = 200_000;
const areShort = (shapes: readonly ShapeRow[]) =>
  shapes.reduce((length, { text }) => length + text.length, 0) <= REMEMBERED_LENGTH_MAX;

function shapesOf(sql: ObjectSql, query: ObjectQuery) {
  const { subTypes, deviceId, carelink } = query;
  const rows = sql.remembered("shapes", () => sql.all<ShapeRow>(SHAPES), areShort);
  const isFromCarelink = ({ source }: { readonly source: string | null }) => source === CARELINK.source;
  const withoutCarelink = rows.some(isFromCarelink) && !(carelink ?? !hasUploadOf(sql, CARELINK.manufacturer));
  const chosen = rows.filter(
    (shape) =>
      (subTypes === undefined || subTypes.includes(shape.subType ?? "")) &&
      (deviceId === undefined || shape.deviceId === deviceId) &&
      !(withoutCarelink && isFromCarelink(shape)),
  );
  return {
    isPart: chosen.length < rows.length,
    byKey: new Map(chosen.map((shape) => [shape.key, shape])),
    /** Of others there are no data. */
    types: new Set(chosen.map(({ type }) => type)),
  };
}
