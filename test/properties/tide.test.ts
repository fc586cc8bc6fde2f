import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Caller, givenClinic, newUserId, rows, service } from "../harness.ts";
import { CATEGORIES, expectedResults, type TidePatient, type TideRequest } from "./tide-model.ts";
import { cases } from "./size.ts";

const DATA_SETS = cases(500, 200);
/** How often each rare thing has to be met, so that the property says something of it. */
const MET_MIN = cases(3, 1);
const SETS_AT_ONCE = 25;
const REQUESTS_PER_SET = 3;

const NOW = Math.floor(Date.now() / 60_000) * 60_000;
const HOUR = 3_600_000;
const id = (n: number) => n.toString(16).padStart(24, "0");
const TAGS = [1, 2, 3].map(id);
const SITES = [11, 12].map(id);
const PERIODS = ["1d", "7d", "14d", "30d"];

/** Around the instants that decide, a millisecond to either side; few enough for many patients to share one. */
const instant = fc
  .tuple(
    fc.constantFrom(NOW - 8 * HOUR, NOW - 24 * HOUR, NOW - 7 * HOUR, NOW - 48 * HOUR),
    fc.constantFrom(0, 0, -1, 1),
  )
  .map(([at, by]) => at + by);

/** Around a bound: on it, next to it, clearly to either side, twice to the side given, and equal for many. */
const around = (bound: number, side: number) =>
  fc.constantFrom(
    bound,
    bound,
    bound * (1 + Number.EPSILON),
    bound * (1 - Number.EPSILON),
    bound - side,
    bound + side,
    bound + 2 * side,
  );
const BOUNDS = {
  timeInVeryLowPercent: around(0.01, 0.005),
  timeInAnyLowPercent: around(0.04, 0.02),
  timeInExtremeHighPercent: around(0.01, 0.005),
  timeInVeryHighPercent: around(0.05, 0.02),
  timeInAnyHighPercent: around(0.25, 0.1),
  timeInTargetPercentDelta: around(-0.15, -0.1),
  timeInTargetPercent: around(0.7, -0.1),
  timeCGMUsePercent: around(0.7, -0.1),
};
/** Mostly well within its targets, so that every category down to the last gets its patients. */
const WELL = {
  timeInVeryLowPercent: 0.01,
  timeInAnyLowPercent: 0.04,
  timeInExtremeHighPercent: 0,
  timeInVeryHighPercent: 0.05,
  timeInAnyHighPercent: 0.25,
  timeInTargetPercentDelta: -0.15,
  timeInTargetPercent: 0.7,
  timeCGMUsePercent: 0.7,
};
const OTHERS = [
  "averageGlucoseMmol",
  "glucoseManagementIndicator",
  "timeCGMUseMinutes",
  "timeInLowPercent",
  "timeInHighPercent",
];
const statistics = fc.oneof(
  { weight: 3, arbitrary: fc.record(BOUNDS, { requiredKeys: [] }).map((some) => ({ ...WELL, ...some })) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...(Object.keys(BOUNDS) as (keyof typeof BOUNDS)[]))
      .chain((name) => BOUNDS[name].map((value) => ({ ...WELL, [name]: value }))),
  },
  { weight: 2, arbitrary: fc.record(BOUNDS, { requiredKeys: [] }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...Object.keys(WELL)).map((gone) => {
      const { [gone]: _, ...rest } = WELL as Record<string, number>;
      return rest;
    }),
  },
) as fc.Arbitrary<Record<string, number>>;
const period = fc.tuple(statistics, fc.subarray(OTHERS)).map(([values, others]) => ({
  ...values,
  ...Object.fromEntries(others.map((name, i) => [name, i + 0.25])),
}));
const source = fc.record({
  state: fc.constantFrom("connected", "connected", "disconnected", "error"),
  providerName: fc.constantFrom("dexcom", "dexcom", "twiist", '"dexcom"'),
});

const patient = fc.record({
  fullName: fc.option(fc.constantFrom("Ada", "Ben")),
  email: fc.option(fc.constantFrom("ada@tide.test", "ben@tide.test")),
  tags: fc.oneof(
    { weight: 4, arbitrary: fc.constant(TAGS) },
    { weight: 2, arbitrary: fc.subarray(TAGS, { minLength: 1 }) },
  ),
  sites: fc.subarray(SITES),
  reviews: fc.constantFrom<TidePatient["reviews"]>(
    [],
    [{ clinicianId: "aaaaaaaaaa", time: "2026-03-01T09:30:00.000Z" }],
  ),
  dataSources: fc.array(source, { maxLength: 7 }),
  lastData: fc.option(instant, { freq: 8 }),
  periods: fc.dictionary(fc.constantFrom(...PERIODS), period, { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
});
type Given = typeof patient extends fc.Arbitrary<infer P> ? P : never;

/** Few patients, or a crowd made of a few kinds: lists then end exactly at the hundredth, or just beside it. */
const few = fc.array(patient, { maxLength: 14 });
const crowd = fc
  .array(fc.tuple(patient, fc.constantFrom(1, 25, 49, 50, 51, 100)), { minLength: 2, maxLength: 5 })
  .map((kinds) => kinds.flatMap(([kind, copies]) => Array.from({ length: copies }, () => common(kind))).slice(0, 160));
/** The same in every period, with all tags and sites, so that requests find the whole crowd. */
const common = (kind: Given): Given => {
  const [values] = Object.values(kind.periods);
  const periods = Object.fromEntries(PERIODS.map((name) => [name, values!]));
  return { ...kind, tags: TAGS, sites: SITES, lastData: kind.lastData ?? NOW - 7 * HOUR, periods };
};
const request: fc.Arbitrary<TideRequest> = fc.record(
  {
    period: fc.constantFrom(...PERIODS),
    tags: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom<string[]>([TAGS[0]!], [TAGS[1]!, TAGS[0]!]) },
      { weight: 1, arbitrary: fc.constantFrom<string[]>(TAGS, [TAGS[0]!, id(9)]) },
    ),
    lastDataCutoff: fc.oneof({ weight: 9, arbitrary: instant }, { weight: 1, arbitrary: fc.constant(NOW + HOUR) }),
    categories: fc.shuffledSubarray([...CATEGORIES, CATEGORIES[0]!], { minLength: 1 }),
    sites: fc.subarray([...SITES, id(19)], { minLength: 1 }),
    excludeNoData: fc.boolean(),
  },
  { requiredKeys: ["period", "tags", "lastDataCutoff"] },
);
const dataSet = fc.record({
  patients: fc.oneof({ weight: 10, arbitrary: few }, { weight: 2, arbitrary: crowd }),
  requests: fc.array(request, { minLength: REQUESTS_PER_SET, maxLength: REQUESTS_PER_SET }),
});

const snake = (name: string) => name.replace("CGM", "Cgm").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const COLUMNS = [...Object.keys(BOUNDS), ...OTHERS];

/** Writes clinics with their patients as rows, as the migrations describe them. */
async function store(clinics: { clinicId: string; patients: TidePatient[] }[], model: string): Promise<void> {
  const info = await rows<{ name: string }>("SELECT name FROM pragma_table_info('clinics') WHERE name <> 'id'");
  const names = info.map(({ name }) => name).join(", ");
  const people = clinics.flatMap(({ clinicId, patients }) =>
    patients.map((p) => [
      clinicId,
      p.id,
      p.fullName,
      p.email,
      JSON.stringify(p.tags),
      JSON.stringify(p.sites),
      p.dataSources.length > 0 ? JSON.stringify(p.dataSources) : null,
      JSON.stringify(p.reviews),
      p.lastData,
    ]),
  );
  const periods = clinics.flatMap(({ patients }) =>
    patients.flatMap((p) =>
      Object.entries(p.periods).map(([name, values]) => [
        p.id,
        name,
        ...COLUMNS.map((column) => values[column] ?? null),
      ]),
    ),
  );
  const given = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `e.value ->> ${from + i}`).join(", ");
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO clinics (id, ${names}) SELECT e.value, ${names} FROM json_each(?) AS e CROSS JOIN clinics WHERE clinics.id = ?`,
    ).bind(JSON.stringify(clinics.map(({ clinicId }) => clinicId)), model),
    env.DB.prepare(
      `INSERT INTO patients (clinic_id, user_id, full_name, email, tags, sites, data_sources, reviews, cgm_last_data_at,
         cgm_summary_id, mrn_unique, search_rest, is_migrated, is_demo, counts_to_plan, cgm_has_other_periods,
         bgm_has_other_periods, version, created_at, updated_at)
       SELECT ${given(0, 9)}, 'abc', 0, '', 0, 0, 1, 0, 0, 1, 1, 1 FROM json_each(?) AS e ORDER BY e.key`,
    ).bind(JSON.stringify(people)),
    env.DB.prepare(
      `INSERT INTO cgm_periods (patient_key, period, flags, ${COLUMNS.map(snake).join(", ")})
       SELECT p.key, e.value ->> 1, 0, ${given(2, COLUMNS.length)} FROM json_each(?) AS e CROSS JOIN patients AS p ON p.user_id = e.value ->> 0`,
    ).bind(JSON.stringify(periods)),
  ]);
}

function urlOf(asked: TideRequest): string {
  const parameters = new URLSearchParams({
    period: asked.period,
    tags: asked.tags.join(","),
    lastDataCutoff: new Date(asked.lastDataCutoff).toISOString(),
  });
  if (asked.categories) parameters.set("categories", asked.categories.join(","));
  if (asked.sites) parameters.set("sites", asked.sites.join(","));
  if (asked.excludeNoData !== undefined) parameters.set("excludeNoData", String(asked.excludeNoData));
  return parameters.toString();
}

const idsIn = (results: Record<string, unknown[]>) =>
  Object.entries(results)
    .map(([name, list]) => `${name}: ${list.map((item) => (item as Item).patient.id).join(" ")}`)
    .toSorted();
type Item = { patient: { id: string } };

let caller: Caller;
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  caller = await service();
});
afterAll(() => {
  vi.useRealTimers();
});

test("every report is what the model says", { timeout: 120_000 }, async () => {
  const seed = performance.now() | 0;
  const { clinicId: model } = await givenClinic();
  const sets = fc.sample(dataSet, { numRuns: DATA_SETS, seed });
  /** How often what is rare and easy to get wrong was met. */
  const met = { full: 0, noDataFull: 0, inBoth: 0, unreached: 0 };
  const listed = new Map(CATEGORIES.map((name) => [name, 0]));
  const check = async ({ clinicId, patients }: { clinicId: string; patients: TidePatient[] }, asked: TideRequest) => {
    const url = urlOf(asked);
    const answer = await caller.get(`/v1/clinics/${clinicId}/tide_report?${url}`);
    expect([answer.status, url, answer.status === 200 ? "" : answer.text]).toEqual([200, url, ""]);
    const expected = expectedResults(patients, asked, NOW);
    // Ids first and patients one by one: a difference between whole reports takes minutes to show.
    expect({ seed, url, ids: idsIn(answer.body.results) }).toEqual({ seed, url, ids: idsIn(expected) });
    for (const [name, list] of Object.entries(expected)) {
      for (const [i, item] of list.entries()) expect(answer.body.results[name][i]).toEqual(item);
    }
    expect(answer.calls).toBeLessThanOrEqual(2);
    const { noData = [], ...lists } = expected as Record<string, Item[]>;
    const placed = Object.values(lists).flat();
    for (const [name, list] of Object.entries(lists)) listed.set(name, listed.get(name)! + list.length);
    if (placed.length === 100) met.full++;
    if (placed.length === 100 && Object.keys(lists).length < new Set(asked.categories ?? CATEGORIES).size)
      met.unreached++;
    if (noData.length === 50) met.noDataFull++;
    if (noData.some(({ patient }) => placed.some((it) => it.patient.id === patient.id))) met.inBoth++;
  };
  for (let at = 0; at < sets.length; at += SETS_AT_ONCE) {
    const clinics = sets.slice(at, at + SETS_AT_ONCE).map(({ patients, requests }, i) => ({
      clinicId: id(0x1000 + at + i),
      patients: patients.map((it: Given, key): TidePatient => ({ ...it, key, id: newUserId() })),
      requests,
    }));
    await store(clinics, model);
    await Promise.all(
      clinics.map(async (clinic) => {
        for (const asked of clinic.requests) await check(clinic, asked);
      }),
    );
  }
  for (const [what, times] of [...Object.entries(met), ...listed]) {
    expect([what, times]).toEqual([what, expect.toSatisfy((n) => n >= MET_MIN)]);
  }
});
