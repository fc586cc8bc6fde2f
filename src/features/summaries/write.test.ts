import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonBytes } from "../../platform/formats/json-bytes.ts";
import { periodsColumn, rebuildSummary, type RowWithPeriods } from "./rebuild.ts";
import { STATISTICS } from "./model/statistics.ts";
import { writeSummary } from "./write.ts";

const TYPES = ["cgm", "bgm"] as const;

/** A number as the database writes it: with a point though it be whole. */
const asStored = (value: number | null) => (Number.isSafeInteger(value) ? `${value}.0` : JSON.stringify(value));

const value = fc.option(
  fc.oneof(
    fc.integer({ min: -1000, max: 1000 }),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }).filter((it) => !Object.is(it, -0)),
    fc.constantFrom(0, 10, 100, 0.1, 1e-7, -1e-9, 1.5e300, 0.30000000000000004, 1e20),
  ),
  { freq: 4 },
);
const period = (type: (typeof TYPES)[number]) => {
  const count = 2 * STATISTICS[type].length;
  return fc
    .tuple(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.array(value, { minLength: count, maxLength: count }))
    .map(([flags, values]) => {
      const chunks = [values.slice(0, 30), values.slice(30, 60), values.slice(60)].filter((it) => it.length > 0);
      return `[${flags},${chunks.map((chunk) => `[${chunk.map(asStored).join(",")}]`).join(",")}]`;
    });
};
const stats = (type: (typeof TYPES)[number]) =>
  fc
    .record({
      id: fc.option(fc.constantFrom("", "65f0c2a1b3d4e5f601234567"), { freq: 4 }),
      "1d": fc.option(period(type)),
      "14d": fc.option(period(type)),
      "30d": fc.option(period(type)),
      other: fc.option(fc.tuple(fc.constantFrom("90d", 'q"\\é', "all"), period(type))),
      lastDataAt: fc.option(fc.integer({ min: 0, max: 2e12 })),
    })
    .map(({ id, other, lastDataAt, ...usual }) => ({
      [`${type}SummaryId`]: id,
      [`${type}DateFlags`]: 2,
      [`${type}SchemaVersion`]: 5,
      ...Object.fromEntries(
        ["LowThreshold", "VeryLowThreshold", "HighThreshold", "VeryHighThreshold"].map((it) => [`${type}${it}`, 3.9]),
      ),
      ...Object.fromEntries(
        ["FirstDataAt", "LastUploadAt", "LastUpdatedAt", "OutdatedSinceAt", "OutdatedSinceLimitAt"].map((it) => [
          `${type}${it}`,
          null,
        ]),
      ),
      [`${type}LastDataAt`]: lastDataAt,
      [`${type}LastUpdatedReason`]: '["é \\" x"]',
      [`${type}OutdatedReason`]: null,
      [periodsColumn(type)]:
        [...(other ? [other] : []), ...Object.entries(usual)]
          .filter(([, text]) => text !== null)
          .map(([name, text]) => `${name}\t${text}`)
          .join("\n") || null,
    }));
const row = fc.tuple(stats("cgm"), stats("bgm")).map(([cgm, bgm]) => ({ ...cgm, ...bgm }) as unknown as RowWithPeriods);

test("writes a summary to the letter as JSON.stringify writes what is rebuilt", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (rows) => {
      const summaries = rows.filter((it) => rebuildSummary(it) !== undefined);
      const out = new JsonBytes();
      for (const it of summaries) writeSummary(out, it);
      expect(new TextDecoder().decode(out.take())).toBe(
        summaries.map((it) => JSON.stringify(rebuildSummary(it))).join(""),
      );
    }),
    { numRuns: 200 },
  );
});
