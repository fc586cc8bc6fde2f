import { FIELD, fieldsOf } from "./bucket.ts";
import { DAY_MS, HOUR_MS, type SummaryKind } from "./kinds.ts";

/** Hours are stored in blocks of a week, counted like them from the epoch. */
export const BLOCK_HOURS = 168;

/** The hour of a time, counted from the epoch. */
export const hourOf = (time: number): number => Math.floor(time / HOUR_MS);
/** The week of an hour, counted from the epoch. */
export const blockOf = (hour: number): number => Math.floor(hour / BLOCK_HOURS);
/** The place of an hour in its block. */
export const hourInBlock = (hour: number): number => hour - blockOf(hour) * BLOCK_HOURS;

/** A block without data. */
export const newBlock = (kind: SummaryKind): Float64Array => new Float64Array(BLOCK_HOURS * fieldsOf(kind));

/** How far back from the last reading a summary looks: twice the longest period. */
const WINDOW_DAYS = 60;
const WINDOW_MS = WINDOW_DAYS * DAY_MS;
/** The hours of a window: those of its days, and the oldest one of which it has only a part. */
export const WINDOW_HOURS = WINDOW_DAYS * 24 + 1;
const CONSIDERED_YEARS = 2;

/** Which readings a summary considers at all: those of two calendar years to a day ahead, both ends included. */
export function consideredSpan(now: number): { readonly from: number; readonly to: number } {
  const from = new Date(now);
  from.setUTCFullYear(from.getUTCFullYear() - CONSIDERED_YEARS);
  return { from: from.getTime(), to: now + DAY_MS };
}

/** The weeks whose blocks the window of a last reading needs. */
export function blocksOf(lastData: number): { readonly first: number; readonly last: number } {
  const newest = hourOf(lastData);
  return { first: blockOf(newest - WINDOW_HOURS + 1), last: blockOf(newest) };
}

/** The packed hours of the window that ends with the hour of the last reading, oldest first, copied from blocks. */
export function windowOf(
  kind: SummaryKind,
  lastData: number,
  blocks: ReadonlyMap<number, Float64Array>,
): Float64Array<ArrayBuffer> {
  const fields = fieldsOf(kind);
  const window = new Float64Array(WINDOW_HOURS * fields);
  const oldest = hourOf(lastData) - WINDOW_HOURS + 1;
  const { first, last } = blocksOf(lastData);
  for (let week = first; week <= last; week++) {
    const block = blocks.get(week);
    if (!block) continue;
    const start = week * BLOCK_HOURS - oldest;
    const from = Math.max(0, -start);
    const to = Math.min(BLOCK_HOURS, WINDOW_HOURS - start);
    window.set(block.subarray(from * fields, to * fields), (start + from) * fields);
  }
  return window;
}

/** An hour of which only a part belongs to a window. */
export interface Edge {
  /** Its place in the window. */
  readonly index: number;
  /** The first and the last millisecond of the part; it may be empty. */
  readonly from: number;
  readonly to: number;
}

/**
 * The oldest and the newest hour of a window. Their buckets in the blocks may know of readings outside of it: both are
 * written again (`writeBucket`), from the readings of their part alone.
 */
export function edgesOf(lastData: number): readonly [Edge, Edge] {
  const newest = hourOf(lastData);
  const oldest = newest - WINDOW_HOURS + 1;
  return [
    { index: 0, from: lastData - WINDOW_MS + 1, to: (oldest + 1) * HOUR_MS - 1 },
    { index: WINDOW_HOURS - 1, from: newest * HOUR_MS, to: lastData },
  ];
}

/** When the oldest hour with readings has its first, and when a reading of any hour was changed last. */
export function spanOf(kind: SummaryKind, window: Float64Array): { firstData?: number; lastUploadDate?: number } {
  const fields = fieldsOf(kind);
  let firstData: number | undefined;
  let lastUploadDate = 0;
  for (let at = 0; at < window.length; at += fields) {
    if (window[at + FIELD.records] !== 0) firstData ??= window[at + FIELD.firstTime];
    lastUploadDate = Math.max(lastUploadDate, window[at + FIELD.lastModified]!);
  }
  return { ...(firstData !== undefined && { firstData }), ...(lastUploadDate !== 0 && { lastUploadDate }) };
}
