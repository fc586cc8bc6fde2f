import { describe, expect, test } from "vitest";
import { FIELD, fieldsOf, writeBucket } from "./bucket.ts";
import {
  BLOCK_HOURS,
  blockOf,
  blocksOf,
  consideredSpan,
  edgesOf,
  hourInBlock,
  hourOf,
  newBlock,
  spanOf,
  WINDOW_HOURS,
  windowOf,
} from "./window.ts";

const HOUR = 3_600_000;
const LAST = Date.parse("2024-05-01T10:20:30.400Z");

test("a time has an hour, a week and a place in it, before 1970 as well", () => {
  expect([hourOf(0), blockOf(0), hourInBlock(0)]).toEqual([0, 0, 0]);
  expect([hourOf(-1), blockOf(-1), hourInBlock(-1)]).toEqual([-1, -1, BLOCK_HOURS - 1]);
  const hour = hourOf(LAST);
  expect(blockOf(hour) * BLOCK_HOURS + hourInBlock(hour)).toBe(hour);
});

test("a window is put together from the blocks of its weeks, oldest hour first", () => {
  for (let shift = 0; shift < BLOCK_HOURS; shift++) {
    const last = LAST + shift * HOUR;
    const oldest = hourOf(last) - WINDOW_HOURS + 1;
    const { first, last: lastBlock } = blocksOf(last);
    const blocks = new Map<number, Float64Array>();
    for (let week = first; week <= lastBlock; week++) {
      if (week === first + 3) continue;
      const block = newBlock("con");
      for (let i = 0; i < BLOCK_HOURS; i++) writeBucket("con", block, i, undefined, week * BLOCK_HOURS + i);
      blocks.set(week, block);
    }
    const window = windowOf("con", last, blocks);
    const modified = Array.from({ length: WINDOW_HOURS }, (_, i) => window[i * fieldsOf("con") + FIELD.lastModified]);
    const expected = modified.map((_, i) => (blockOf(oldest + i) === first + 3 ? 0 : oldest + i));
    expect(modified).toEqual(expected);
  }
});

describe("the edges of a window", () => {
  const DAYS_60 = 60 * 24 * HOUR;

  test("are its part of the oldest hour and of the newest", () => {
    const [oldest, newest] = edgesOf(LAST);
    expect(oldest).toEqual({ index: 0, from: LAST - DAYS_60 + 1, to: Date.parse("2024-03-02T10:59:59.999Z") });
    expect(newest).toEqual({ index: WINDOW_HOURS - 1, from: Date.parse("2024-05-01T10:00:00Z"), to: LAST });
  });

  test("are empty at the oldest hour when the newest is complete", () => {
    const [oldest] = edgesOf(Date.parse("2024-05-01T10:59:59.999Z"));
    expect(oldest).toEqual({ index: 0, from: oldest.to + 1, to: Date.parse("2024-03-02T10:59:59.999Z") });
  });
});

test("two calendar years back to a day ahead are considered", () => {
  const now = Date.parse("2024-02-29T12:00:00Z");
  expect(consideredSpan(now)).toEqual({
    from: Date.parse("2022-03-01T12:00:00Z"),
    to: Date.parse("2024-03-01T12:00:00Z"),
  });
});

test("first data and last upload are those of the hours; none of an empty window", () => {
  const window = windowOf("con", LAST, new Map());
  expect(spanOf("con", window)).toEqual({});
  writeBucket("con", window, 3, undefined, 900);
  writeBucket("con", window, 5, Float64Array.of(0, 1, 500, 501, 1), 700);
  writeBucket("con", window, 6, Float64Array.of(0, 1, 600, 601, 1), 800);
  expect(spanOf("con", window)).toEqual({ firstData: 500, lastUploadDate: 900 });
});
