import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import { type Bucket, bucketOf, conBucketOf, FIELD, fieldsOf, writeBucket } from "../../summaries/compute/bucket.ts";
import { HOUR_MS, type SummaryKind } from "../../summaries/compute/kinds.ts";
import { BLOCK_HOURS, blockOf, hourInBlock, hourOf, newBlock } from "../../summaries/compute/window.ts";
import { olderHours } from "./data-store.ts";
import { Readings, type StoredReading } from "./readings-store.ts";
import { CBG, SMBG } from "./type-codes.ts";

const KIND_CODES = { cgm: 1, bgm: 2, con: 3 } as const satisfies Record<SummaryKind, number>;

/** Hours this near to each other are read together. */
const GAP_HOURS_MAX = 6;

/** The blocks of a kind from one week to another. */
export function loadBlocks(sql: ObjectSql, kind: SummaryKind, first: number, last: number): Map<number, Float64Array> {
  const rows = sql.lists(
    "SELECT week, hours FROM buckets WHERE kind = ? AND week BETWEEN ? AND ?",
    KIND_CODES[kind],
    first,
    last,
  ) as [number, ArrayBuffer][];
  return new Map(rows.map(([week, hours]) => [week, unpacked(kind, new Float64Array(hours))]));
}

/** Only hours that have readings are stored, each behind its place in the block: a lone reading takes no whole week. */
function unpacked(kind: SummaryKind, stored: Float64Array): Float64Array {
  const block = newBlock(kind);
  const fields = fieldsOf(kind);
  for (let at = 0; at < stored.length; at += fields + 1) {
    block.set(stored.subarray(at + 1, at + 1 + fields), stored[at]! * fields);
  }
  return block;
}

function packed(kind: SummaryKind, block: Float64Array): Float64Array<ArrayBuffer> {
  const fields = fieldsOf(kind);
  const hours = Array.from({ length: BLOCK_HOURS }, (_, hour) => hour).filter(
    (hour) => block[hour * fields + FIELD.lastModified] !== 0,
  );
  const stored = new Float64Array(hours.length * (fields + 1));
  for (const [i, hour] of hours.entries()) {
    stored[i * (fields + 1)] = hour;
    stored.set(block.subarray(hour * fields, (hour + 1) * fields), i * (fields + 1) + 1);
  }
  return stored;
}

function saveBlock(sql: ObjectSql, kind: SummaryKind, week: number, block: Float64Array): void {
  const stored = packed(kind, block);
  if (stored.length === 0) {
    sql.run("DELETE FROM buckets WHERE kind = ? AND week = ?", KIND_CODES[kind], week);
    return;
  }
  const bytes = new Uint8Array(stored.buffer);
  sql.run("INSERT OR REPLACE INTO buckets (kind, week, hours) VALUES (?, ?, ?)", KIND_CODES[kind], week, bytes);
}

/** Readings that were added just now, and the key of the first of all that was: what is in their hours before may be nothing. */
export interface JustAdded {
  readonly firstKey: number;
  readonly cbg: readonly StoredReading[];
  readonly smbg: readonly StoredReading[];
}

/** Recomputes the buckets of hours from the data as they are now. */
export function refreshHours(
  sql: ObjectSql,
  changed: { readonly cbg: ReadonlySet<number>; readonly smbg: ReadonlySet<number> },
  added: JustAdded | undefined,
): void {
  if (changed.cbg.size + changed.smbg.size === 0) return;
  const readings = new Readings(sql);
  const find = (type: number, hours: ReadonlySet<number>) => byHour(sql, readings, type, hours, added);
  const cbg = find(CBG, changed.cbg);
  const smbg = find(SMBG, changed.smbg);
  refresh(sql, "cgm", changed.cbg, cbg);
  refresh(sql, "bgm", changed.smbg, smbg);
  if (!readings.hasContinuousSets) return;
  // Of an hour in which one type was changed the other counts as well.
  const either = changed.cbg.union(changed.smbg);
  const others = find(CBG, changed.smbg.difference(changed.cbg));
  const otherSmbg = find(SMBG, changed.cbg.difference(changed.smbg));
  const all = new Map(
    [...either].map((hour) => {
      const ofCbg = cbg.get(hour) ?? others.get(hour) ?? [];
      const ofSmbg = smbg.get(hour) ?? otherSmbg.get(hour) ?? [];
      return [hour, ofSmbg.length === 0 ? ofCbg : [...ofCbg, ...ofSmbg]];
    }),
  );
  refresh(sql, "con", either, all);
}

type ByHour = ReadonlyMap<number, readonly StoredReading[]>;

/** The readings of a type in hours, in the order of time. */
function byHour(
  sql: ObjectSql,
  readings: Readings,
  type: number,
  hours: ReadonlySet<number>,
  added: JustAdded | undefined,
): ByHour {
  const found = new Map<number, StoredReading[]>();
  const put = (reading: StoredReading, hour: number) => {
    const inHour = found.get(hour);
    if (inHour) inHour.push(reading);
    else found.set(hour, [reading]);
  };
  const stored = added ? hoursWithOlder(sql, type, hours, added.firstKey) : hours;
  for (const [first, last] of rangesOf(stored)) {
    for (const reading of readings.between(type, startOf(first), endOf(last))) {
      const hour = hourOf(reading.time);
      if (stored.has(hour)) put(reading, hour);
    }
  }
  for (const reading of (type === CBG ? added?.cbg : added?.smbg) ?? []) {
    const hour = hourOf(reading.time);
    if (!stored.has(hour)) put(reading, hour);
  }
  return found;
}

/** Those of the hours that have other readings than those added just now. */
function hoursWithOlder(
  sql: ObjectSql,
  type: number,
  hours: ReadonlySet<number>,
  firstAdded: number,
): ReadonlySet<number> {
  const ranges = rangesOf(hours).map(([first, last]) => olderHours(sql, type, startOf(first), endOf(last), firstAdded));
  return new Set(ranges.flatMap((older) => [...older]));
}

const startOf = (hour: number): number => hour * HOUR_MS;
const endOf = (hour: number): number => startOf(hour + 1) - 1;

/** The first and the last hour of those that are near to each other. */
function rangesOf(hours: ReadonlySet<number>): [first: number, last: number][] {
  const ranges: [number, number][] = [];
  for (const hour of [...hours].toSorted((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && hour - range[1] <= GAP_HOURS_MAX) range[1] = hour;
    else ranges.push([hour, hour]);
  }
  return ranges;
}

function refresh(sql: ObjectSql, kind: SummaryKind, hours: ReadonlySet<number>, readings: ByHour): void {
  for (const [week, ofWeek] of Map.groupBy(hours, blockOf)) {
    const block = loadBlocks(sql, kind, week, week).get(week) ?? newBlock(kind);
    for (const hour of ofWeek) {
      const inHour = readings.get(hour) ?? [];
      writeBucket(kind, block, hourInBlock(hour), bucketFrom(kind, inHour), lastModified(kind, inHour));
    }
    saveBlock(sql, kind, week, block);
  }
}

/** What the visible ones of the readings of an hour come to. */
export function bucketFrom(kind: SummaryKind, readings: readonly StoredReading[]): Bucket | undefined {
  const visible = readings.filter(({ isVisible, isContinuous }) => isVisible && (kind !== "con" || isContinuous));
  return kind === "con" ? conBucketOf(visible.toSorted((a, b) => a.time - b.time)) : bucketOf(kind, visible);
}

export const lastModified = (kind: SummaryKind, readings: readonly StoredReading[]): number =>
  readings.reduce(
    (last, { modifiedTime, isContinuous }) => (kind !== "con" || isContinuous ? Math.max(last, modifiedTime) : last),
    0,
  );
