import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenPatient, givenSite, newUserId } from "../../../../test/harness.ts";
import { columnsOf, givenSummary, type PeriodValues, type StatsValues } from "../../../../test/summaries.ts";

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});
const get = (id: string, caller = clinic.member) => caller.get(`${clinic.path}/patients/${id}`);

const instant = fc.integer({ min: 0, max: 4_000_000_000_000 }).map((ms) => new Date(ms).toISOString());
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  fc.integer(),
);
const hexId = fc.stringMatching(/^[a-f0-9]{0,24}$/);

/** Summaries of every shape the contract allows: flags that disagree with values, any period keys. */
const statsArbitrary = (type: "cgm" | "bgm", flagged: readonly string[], plain: readonly string[]) => {
  const optional = type === "bgm" ? ["standardDeviation", "coefficientOfVariation"] : [];
  const has = (name: string) => `has${name[0]!.toUpperCase()}${name.slice(1)}`;
  const maybe = [...flagged, ...optional].flatMap((name) => [name, `${name}Delta`]);
  const always = plain.filter((name) => !optional.includes(name)).flatMap((name) => [name, `${name}Delta`]);
  const period: fc.Arbitrary<PeriodValues> = fc
    .tuple(
      fc.record(Object.fromEntries(flagged.map((name) => [has(name), fc.boolean()]))),
      fc.record(Object.fromEntries(maybe.map((name) => [name, number])), { requiredKeys: [] }),
      fc.record(Object.fromEntries(always.map((name) => [name, number]))),
    )
    .map(([flags, some, all]) => ({ ...flags, ...some, ...all }) as PeriodValues);
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
      lastUpdatedReason: fc.array(fc.string()),
      outdatedReason: fc.array(fc.string()),
    },
    { requiredKeys: ["hasFirstData", "hasLastData", "hasLastUploadDate", "hasOutdatedSince"] },
  );
  const config = fc.record({
    schemaVersion: fc.integer({ min: 0, max: 9 }),
    lowGlucoseThreshold: number,
    veryLowGlucoseThreshold: number,
    highGlucoseThreshold: number,
    veryHighGlucoseThreshold: number,
  });
  const periods = fc.dictionary(
    fc.oneof(fc.constantFrom("1d", "7d", "14d", "30d"), fc.stringMatching(/^[a-z0-9]{1,16}$/)),
    period,
    { minKeys: 1, maxKeys: 5, noNullPrototype: true },
  );
  return fc.record(
    { id: hexId, config, dates, periods },
    { requiredKeys: ["id", "config", "dates"] },
  ) as fc.Arbitrary<StatsValues>;
};

describe("GetPatient", () => {
  test("200 in one round trip, and one audit entry for the read", async () => {
    const patient = await givenPatient(clinic, { sites: [await givenSite(clinic)] });
    const answer = await get(patient.id);
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    expect(answer.body).toEqual(patient);
  });

  test("200 for a service", async () => {
    const patient = await givenPatient(clinic);
    expect((await get(patient.id, clinic.service)).body).toEqual(patient);
  });

  test("404 for a user who is no patient of the clinic, though of another", async () => {
    const elsewhere = await givenPatient(await givenClinic());
    for (const id of [newUserId(), elsewhere.id]) {
      const answer = await get(id);
      expect([answer.status, answer.body.message]).toEqual([404, "patient not found"]);
    }
  });

  test("400 for an id that is none, 403 for an outsider with the same id", async () => {
    const wrong = await get("NOT-AN-ID");
    expect([wrong.status, wrong.body.message]).toEqual([400, expect.stringContaining('"patientId" in path')]);
    expect((await get("NOT-AN-ID", clinic.outsider)).status).toBe(403);
  });

  test("200 gives summaries back exactly as they were stored, whatever their flags, values and periods", async () => {
    const shapes = await Promise.all(
      (["cgm", "bgm"] as const).map(async (type) => {
        const { flagged, statistics } = await columnsOf(type);
        const plain = statistics.filter((name) => !flagged.includes(name));
        return statsArbitrary(type, flagged, plain);
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc
          .record({ cgmStats: shapes[0]!, bgmStats: shapes[1]! }, { requiredKeys: [] })
          .filter((s) => Boolean(s.cgmStats ?? s.bgmStats)),
        async (summary) => {
          const patient = await givenPatient(clinic);
          await givenSummary(clinic.clinicId, patient.id, summary);
          const answer = await get(patient.id);
          expect(answer.calls).toBe(1);
          expect(answer.body.summary).toEqual(JSON.parse(JSON.stringify(summary)));
          await clinic.admin.delete(`${clinic.path}/patients/${patient.id}`);
        },
      ),
      { numRuns: 60 },
    );
  });
});
