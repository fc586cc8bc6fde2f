import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenPatient } from "../harness.ts";
import { cases } from "./size.ts";

/**
 * Summaries as the specification describes them, in by UpdatePatientSummary and out by GetPatient. The lists of
 * statistics are written out here from the specification and shared with nothing.
 */

const SUMMARIES = cases(1000, 400);
const IN_FLIGHT = 10;

type Type = "cgm" | "bgm";
type Json = Record<string, any>;

const RANGES = ["VeryLow", "Low", "AnyLow", "Target", "High", "VeryHigh", "ExtremeHigh", "AnyHigh"];
const timeIn = (...units: string[]) => RANGES.flatMap((range) => units.map((unit) => `timeIn${range}${unit}`));
const STATISTICS: Record<Type, { flagged: string[]; always: string[]; optional: string[] }> = {
  cgm: {
    flagged: [
      ...timeIn("Percent", "Minutes", "Records"),
      "timeCGMUsePercent",
      "timeCGMUseMinutes",
      "timeCGMUseRecords",
      "averageGlucoseMmol",
      "averageDailyRecords",
      "totalRecords",
      "glucoseManagementIndicator",
    ],
    always: ["standardDeviation", "coefficientOfVariation", "min", "max", "daysWithData", "hoursWithData"],
    optional: [],
  },
  bgm: {
    flagged: [...timeIn("Percent", "Records"), "averageGlucoseMmol", "averageDailyRecords", "totalRecords"],
    always: ["min", "max", "daysWithData"],
    optional: ["standardDeviation", "coefficientOfVariation"],
  },
};
const has = (name: string) => `has${name[0]!.toUpperCase()}${name.slice(1)}`;
const counterparts = (names: string[]) => names.flatMap((name) => [name, `${name}Delta`]);

const number = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -40_000, max: 40_000 }).map((n) => n / 40_000) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 45_000 }) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 1, 0.1 + 0.2, 1 / 3, 5e-324, -1.7976931348623157e308, 2 ** 53, 1e20, 1e21),
  },
);

/** A pool of numbers and bits dealt out to the fields: quicker than an arbitrary for each of them. */
const period = (type: Type) =>
  fc
    .record({
      pool: fc.array(number, { minLength: 7, maxLength: 11 }),
      bits: fc.array(fc.nat(2 ** 30), { minLength: 3, maxLength: 5 }),
    })
    .map(({ pool, bits }) => {
      const { flagged, always, optional } = STATISTICS[type];
      let dealt = 0;
      const bit = () => ((bits[++dealt % bits.length]! >> (dealt % 30)) & 1) === 1;
      const next = () => pool[++dealt % pool.length]!;
      const made: Json = {};
      for (const name of flagged) made[has(name)] = bit();
      for (const name of counterparts([...flagged, ...optional])) if (bit()) made[name] = next();
      for (const name of counterparts(always)) made[name] = next();
      return made;
    });

const instant = fc
  .record({
    at: fc.date({ min: new Date("0001-01-02T00:00:00Z"), max: new Date("9999-12-30T00:00:00Z"), noInvalidDate: true }),
    form: fc.constantFrom("milliseconds", "microseconds", "offset"),
  })
  .map(({ at, form }) => {
    const text = at.toISOString();
    if (form === "microseconds") return text.replace("Z", "999Z");
    return form === "offset" ? new Date(at.getTime() + 5.5 * 3_600_000).toISOString().replace("Z", "+05:30") : text;
  });
const reasons = fc.array(
  fc.oneof(fc.constantFrom("UPLOAD_COMPLETED", "SCHEMA_MIGRATION", "", "\u0000", '"'), fc.string()),
  {
    maxLength: 3,
  },
);
const dates = fc.record(
  {
    hasFirstData: fc.boolean(),
    hasLastData: fc.boolean(),
    hasLastUploadDate: fc.boolean(),
    hasOutdatedSince: fc.boolean(),
    firstData: instant,
    lastData: instant,
    lastUploadDate: instant,
    lastUpdatedDate: instant,
    outdatedSince: instant,
    outdatedSinceLimit: instant,
    lastUpdatedReason: reasons,
    outdatedReason: reasons,
  },
  { requiredKeys: ["hasFirstData", "hasLastData", "hasLastUploadDate", "hasOutdatedSince"] },
);
const CONFIG = [
  "schemaVersion",
  "lowGlucoseThreshold",
  "veryLowGlucoseThreshold",
  "highGlucoseThreshold",
  "veryHighGlucoseThreshold",
];
const config = fc.record(Object.fromEntries(CONFIG.map((name) => [name, number])));
const periodKey = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("1d", "7d", "14d", "30d") },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 16 })
      .filter((key) => [...key].length <= 16 && key !== "__proto__" && !/\p{Cc}/u.test(key)),
  },
);
const stats = (type: Type) =>
  fc.record(
    {
      id: fc.stringMatching(/^[a-f0-9]{0,24}$/),
      config,
      dates,
      periods: fc
        .uniqueArray(fc.tuple(periodKey, period(type)), { maxLength: 5, selector: ([key]) => key })
        .map((entries) => Object.fromEntries(entries)),
      notInTheContract: fc.constant({ totalHours: 7 }),
    },
    { requiredKeys: ["id"] },
  );
const summary = fc.oneof(
  { weight: 6, arbitrary: fc.record({ cgmStats: stats("cgm"), bgmStats: stats("bgm") }) },
  { weight: 3, arbitrary: fc.record({ cgmStats: stats("cgm"), bgmStats: stats("bgm") }, { requiredKeys: [] }) },
);

/** What GetPatient must show of one type that was given. */
function shown({ id, config, dates, periods = {} }: Json): Json {
  const shownDates = {
    ...(dates ?? { hasFirstData: false, hasLastData: false, hasLastUploadDate: false, hasOutdatedSince: false }),
  };
  for (const [name, value] of Object.entries(shownDates)) {
    if (typeof value === "string") shownDates[name] = new Date(value).toISOString();
  }
  return {
    id,
    config: config ?? Object.fromEntries(CONFIG.map((name) => [name, 0])),
    dates: shownDates,
    ...(Object.keys(periods).length > 0 && { periods }),
  };
}

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});

test(`${SUMMARIES} summaries come out as they went in, field by field`, { timeout: 120_000 }, async () => {
  const seed = Date.now() % 2 ** 31;
  const sent = fc.sample(summary, { numRuns: SUMMARIES, seed }) as Json[];
  let periods = 0;
  const inTurn = async (user: number) => {
    const { id } = await givenPatient(clinic);
    const expected: Json = {};
    for (let i = user; i < sent.length; i += IN_FLIGHT) {
      // As it is on the wire: there is one zero.
      const body = JSON.parse(JSON.stringify(sent[i])) as Json;
      const answer = await clinic.service.post(`/v1/patients/${id}/summary`, body);
      expect([answer.status, answer.text, answer.calls, seed]).toEqual([200, "", 1, seed]);
      for (const type of ["cgmStats", "bgmStats"]) {
        if (!body[type]) continue;
        expected[type] = shown(body[type]);
        periods += Object.keys(body[type].periods ?? {}).length;
      }
      const { body: read } = await clinic.service.get(`${clinic.path}/patients/${id}`);
      expect({ seed, i, summary: read.summary ?? {} }).toEqual({ seed, i, summary: expected });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, user) => inTurn(user)));
  expect(periods).toBeGreaterThan(SUMMARIES);
});
