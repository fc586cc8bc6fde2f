import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { description } from "../description.ts";
import { type GivenClinic, givenClinic, givenPatient, givenSite, givenTag, rows } from "../harness.ts";
import { columnsOf, summaryStatements } from "../summaries.ts";
import {
  COMPARATORS,
  expectedList,
  FILTERS,
  type ModelFilter,
  type ModelPatient,
  type ModelQuery,
  SORTS,
  type Type,
} from "./patient-list-model.ts";

const DATA_SETS = 12;
const QUERIES_PER_SET = 170;
const PATIENTS_MAX = 24;
/** Lists read and change nothing that is compared: several at once. */
const AT_ONCE = 10;
const PERIODS = ["1d", "7d", "14d", "30d"] as const;
const TYPES = ["cgm", "bgm"] as const;

const nameParts = [
  "ana",
  "Ana",
  "Ána",
  "ANÁ",
  "bo",
  "Łukasz",
  "łu",
  "Zoë",
  "zoe",
  "straße",
  "Strasse",
  "𝒳",
  "Ａ",
  "émile",
  "Emile",
  "o'neil",
  "O’Neil",
  "ann‐marie",
  " Ann-Marie",
  "Ægir",
  "aegir",
  "Øre",
  "ore",
  "Андрей",
  "Андреи",
  "रीमा",
  "राम",
  "ざとう",
  "さとう",
  "Ro\u00adsa",
  "李",
];
const name = fc.array(fc.constantFrom(...nameParts), { minLength: 1, maxLength: 2 }).map((parts) => parts.join(" "));
const day = fc.integer({ min: 0, max: 60 }).map((n) => new Date(Date.UTC(1980, 0, 1 + n)).toISOString().slice(0, 10));
const instant = fc.integer({ min: 0, max: 6 }).map((n) => Date.UTC(2026, 0, 1 + n));
const value = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -8, max: 8 }).map((n) => n / 4),
);

const has = (field: string) => `has${field[0]!.toUpperCase()}${field.slice(1)}`;
const counterparts = (fields: readonly string[]) => fields.flatMap((field) => [field, `${field}Delta`]);

/** The statistics that every period has, and those it may have without a flag for them. */
const UNFLAGGED: Record<Type, { required: string[]; optional: string[] }> = {
  cgm: {
    required: ["min", "max", "hoursWithData", "daysWithData", "standardDeviation", "coefficientOfVariation"],
    optional: [],
  },
  bgm: { required: ["min", "max", "daysWithData"], optional: ["standardDeviation", "coefficientOfVariation"] },
};
const isBase = (field: string) => !field.endsWith("Delta");
const STATISTICS: Record<Type, string[]> = {
  cgm: statisticsOf("cgm"),
  bgm: statisticsOf("bgm"),
};
function statisticsOf(type: Type): string[] {
  const sorted = SORTS[type].slice(SORTS[type].indexOf("outdatedSince") + 1);
  return [...new Set([...FILTERS[type].float, ...FILTERS[type].int, ...sorted, "daysWithData"].filter(isBase))];
}

const period = (type: Type) => {
  const { required, optional } = UNFLAGGED[type];
  const flagged = STATISTICS[type].filter((field) => !required.includes(field) && !optional.includes(field));
  const maybe = counterparts([...flagged, ...optional]);
  return fc
    .tuple(
      fc.array(fc.boolean(), { minLength: flagged.length, maxLength: flagged.length }),
      fc.array(fc.option(value, { freq: 3 }), { minLength: maybe.length, maxLength: maybe.length }),
      fc.array(value, { minLength: 2 * required.length, maxLength: 2 * required.length }),
    )
    .map(([flags, maybes, always]) => {
      const values: Record<string, number | boolean> = {};
      flagged.forEach((field, i) => (values[has(field)] = flags[i]!));
      counterparts(required).forEach((field, i) => (values[field] = always[i]!));
      maybe.forEach((field, i) => {
        if (maybes[i] !== null) values[field] = maybes[i]!;
      });
      return values;
    });
};
const date = fc.record({ has: fc.boolean(), at: fc.option(instant) });
const stats = (type: Type) =>
  fc.record({
    dates: fc.record({ firstData: date, lastData: date, lastUploadDate: date, outdatedSince: date }),
    periods: fc.dictionary(fc.constantFrom(...PERIODS), period(type), { noNullPrototype: true }),
  });

const patient = (tags: string[], sites: string[]) =>
  fc.record({
    fullName: name,
    birthDate: fc.option(day, { freq: 6 }),
    mrn: fc.option(fc.constantFrom("A1", "a2", "Ä1", "99")),
    hasEmail: fc.boolean(),
    tags: fc.subarray(tags),
    sites: fc.subarray(sites),
    preset: fc.constantFrom(null, "adaStandard", "adaHighRisk"),
    reviewedAt: fc.option(instant),
    cgm: fc.option(stats("cgm"), { freq: 3 }),
    bgm: fc.option(stats("bgm"), { freq: 3 }),
  });
type GivenPatient = ReturnType<typeof patient> extends fc.Arbitrary<infer P> ? P : never;

/** Every filter, whole numbers apart, and every sort field in both directions: dealt out one by one, round and round. */
const filterFields = TYPES.flatMap((type) => [
  ...FILTERS[type].float.map((field) => ({ type, field, isWhole: false })),
  ...FILTERS[type].int.map((field) => ({ type, field, isWhole: true })),
]);
const sorts = TYPES.flatMap((type) =>
  SORTS[type].flatMap((field) => (["+", "-"] as const).map((direction) => ({ type, field, direction }))),
);

const filterOn = ({ type, field, isWhole }: (typeof filterFields)[number]): fc.Arbitrary<ModelFilter> =>
  fc.tuple(
    fc.constant(type),
    fc.constant(field),
    fc.constantFrom(...COMPARATORS),
    isWhole ? fc.integer({ min: -3, max: 3 }) : value,
  );

/** Present one time in five: queries that ask for everything find nobody. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const often = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 4, arbitrary });

const plain = (tags: string[], sites: string[]) => ({
  search: fc.oneof(
    fc.constantFrom(
      "a",
      "ana",
      "ÁNA",
      "e",
      "1",
      "198",
      "-01-",
      "@",
      "łu",
      "ss",
      "zzz",
      "𝒳",
      "x",
      "a1",
      "’n",
      "-m",
      " ",
      "и",
      "й",
      "र",
      "さ",
      "ae",
      "ø",
    ),
    name,
  ),
  tags: fc.subarray(tags),
  sites: fc.subarray(sites),
  lastReviewed: instant,
  omitNonStandardRanges: fc.boolean(),
  "cgm.lastDataFrom": instant,
  "cgm.lastDataTo": instant,
  "bgm.lastDataFrom": instant,
  "bgm.lastDataTo": instant,
});
const PLAIN = Object.keys(plain([], [])) as (keyof ReturnType<typeof plain>)[];

/**
 * The n-th query: most of it by chance, but one plain parameter is always there, as often as not one numeric filter and
 * one sort, so that all of them have their turn.
 */
function query(n: number, tags: string[], sites: string[]): fc.Arbitrary<ModelQuery> {
  const arbitraries = plain(tags, sites);
  const dealt = PLAIN[n % PLAIN.length]!;
  const filter = filterFields[Math.floor(n / 2) % filterFields.length]!;
  const sort = sorts[(n - Math.floor(n / 4)) % sorts.length]!;
  const others = fc.array(fc.constantFrom(...filterFields).chain(filterOn), { maxLength: 2 });
  return fc.record({
    ...(Object.fromEntries(
      PLAIN.map((name) => [
        name,
        // A plain parameter in every query would leave hardly anybody for the filters.
        name === dealt && n % 2 === 0 ? arbitraries[name] : rarely(arbitraries[name] as fc.Arbitrary<unknown>),
      ]),
    ) as { [K in keyof typeof arbitraries]: fc.Arbitrary<never> }),
    period: often(fc.constantFrom(...PERIODS)),
    filters: fc
      .tuple(n % 2 === 1 ? fc.tuple(filterOn(filter)) : fc.constant([]), rarely(others))
      .map(([given, more = []]) => onePerField([...given, ...more])),
    sort: n % 4 < 3 ? fc.constant(sort) : fc.constant(undefined),
    offset: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 12 })),
    limit: often(fc.integer({ min: 1, max: 12 })),
  });
}

/** A field takes one filter. */
const onePerField = (filters: ModelFilter[]): ModelFilter[] => [
  ...new Map(filters.map((filter) => [`${filter[0]}.${filter[1]}`, filter])).values(),
];

/** The names of all parameters that any query of this file has sent. */
const sent = new Set<string>();

function urlOf(q: ModelQuery): string {
  const parameters = new URLSearchParams();
  const set = (name: string, text: string) => {
    sent.add(name);
    parameters.set(name, text);
  };
  if (q.offset !== undefined) set("offset", String(q.offset));
  if (q.limit !== undefined) set("limit", String(q.limit));
  if (q.search !== undefined) set("search", q.search);
  if (q.tags) set("tags", q.tags.join(",") || "_");
  if (q.sites) set("sites", q.sites.join(",") || "_");
  if (q.omitNonStandardRanges !== undefined) set("omitNonStandardRanges", String(q.omitNonStandardRanges));
  for (const name of [
    "lastReviewed",
    "cgm.lastDataFrom",
    "cgm.lastDataTo",
    "bgm.lastDataFrom",
    "bgm.lastDataTo",
  ] as const)
    if (q[name] !== undefined) set(name, new Date(q[name]).toISOString());
  if (q.period) set("period", q.period);
  for (const [type, field, comparator, bound] of q.filters) set(`${type}.${field}`, `${comparator}${bound}`);
  if (q.sort) {
    set("sort", `${q.sort.direction}${q.sort.field}`);
    set("sortType", q.sort.type);
  }
  return parameters.toString();
}

/** A clinic with three tags and two sites and nobody else in it. */
async function emptyClinic() {
  const clinic = await givenClinic({ country: "CA" });
  await rows("DELETE FROM patients WHERE clinic_id = ?", clinic.clinicId);
  await rows("UPDATE clinics SET patient_total = 0, patient_demo = 0 WHERE id = ?", clinic.clinicId);
  const tags = [(await givenTag(clinic)).id, (await givenTag(clinic)).id, (await givenTag(clinic)).id];
  const sites = [(await givenSite(clinic)).id, (await givenSite(clinic)).id];
  return { clinic, tags, sites };
}

/** Creates the patients through the API, one after the other, and gives them what only other services bring. */
async function store(clinic: GivenClinic, all: readonly GivenPatient[]): Promise<ModelPatient[]> {
  const stored: ModelPatient[] = [];
  const rest: D1PreparedStatement[] = [];
  for (const [key, given] of all.entries()) {
    const email = given.hasEmail ? `p${key}.${clinic.clinicId}@list.test` : null;
    const { id } = await givenPatient(clinic, {
      fullName: given.fullName,
      birthDate: given.birthDate ?? "1900-01-01",
      ...(email && { email }),
      ...(given.mrn && { mrn: given.mrn }),
      tags: given.tags,
      sites: given.sites.map((site) => ({ id: site, name: "any" })),
      ...(given.preset && { glycemicRanges: { preset: given.preset } }),
      // The same request again within 30 seconds would be taken for a repeat.
      targetDevices: [String(key)],
    });
    if (given.birthDate === null) {
      rest.push(
        env.DB.prepare(
          "UPDATE patients SET birth_date = NULL, search_rest = replace(search_rest, '1900-01-01', '') WHERE user_id = ?",
        ).bind(id),
      );
    }
    if (given.reviewedAt !== null)
      rest.push(
        env.DB.prepare("UPDATE patients SET last_reviewed_at = ? WHERE user_id = ?").bind(given.reviewedAt, id),
      );
    const summary: ModelPatient["summary"] = {};
    for (const type of TYPES) {
      const it = given[type];
      if (!it) continue;
      summary[type] = it;
      const dates = Object.entries(it.dates).flatMap(([field, { has: flag, at }]) => [
        [has(field), flag] as const,
        ...(at === null ? [] : [[field, new Date(at).toISOString()] as const]),
      ]);
      rest.push(
        ...(await summaryStatements(clinic.clinicId, id, type, {
          id: "abc",
          config: {
            schemaVersion: 5,
            lowGlucoseThreshold: 1,
            veryLowGlucoseThreshold: 1,
            highGlucoseThreshold: 1,
            veryHighGlucoseThreshold: 1,
          },
          dates: Object.fromEntries(dates),
          periods: it.periods,
        })),
      );
    }
    stored.push({ key, id, email, summary, ...given });
  }
  if (rest.length > 0) await env.DB.batch(rest);
  return stored;
}

/** Asks for every list and compares it with the model's. */
async function expectListsOfModel(clinic: GivenClinic, patients: ModelPatient[], queries: readonly ModelQuery[]) {
  for (let from = 0; from < queries.length; from += AT_ONCE) {
    await Promise.all(
      queries.slice(from, from + AT_ONCE).map(async (asked) => {
        const url = urlOf(asked);
        const answer = await clinic.member.get(`${clinic.path}/patients?${url}`);
        expect([answer.status, url, answer.status === 200 ? "" : answer.text]).toEqual([200, url, ""]);
        const got = {
          ids: answer.body.data.map((p: { id: string }) => p.id),
          count: answer.body.meta.count,
        };
        expect({ url, ...got }).toEqual({ url, ...expectedList(patients, asked) });
        expect(answer.body.meta.totalCount).toBe(patients.length);
        expect(answer.calls).toBeLessThanOrEqual(2);
      }),
    );
  }
}

test("2,000 lists by chance are what the model says: filters, order, page and counts", {
  timeout: 120_000,
}, async () => {
  await Promise.all(TYPES.map(columnsOf));
  expect(DATA_SETS * QUERIES_PER_SET).toBeGreaterThanOrEqual(2000);
  let n = 0;
  const { failed, errorInstance, seed } = await fc.check(
    fc.asyncProperty(fc.gen(), async (g) => {
      const { clinic, tags, sites } = await emptyClinic();
      const count = g(fc.integer, { min: 0, max: PATIENTS_MAX });
      const patients = await store(
        clinic,
        Array.from({ length: count }, () => g(patient, tags, sites)),
      );
      const queries = Array.from({ length: QUERIES_PER_SET }, () => g(query, n++, tags, sites));
      await expectListsOfModel(clinic, patients, queries);
    }),
    { numRuns: DATA_SETS, endOnFailure: true },
  );
  // Not fc.assert: it would print the whole data set. The failing query and both answers are in the error.
  if (failed) throw new Error(`seed ${seed}`, { cause: errorInstance });
});

test("each of the 112 numeric filters parts the patients, each of the 130 sort fields orders them both ways", {
  timeout: 60_000,
}, async () => {
  expect(filterFields).toHaveLength(112);
  expect([SORTS.cgm.length, SORTS.bgm.length]).toEqual([77, 53]);
  const { clinic, tags, sites } = await emptyClinic();
  const full = { cgm: stats("cgm"), bgm: stats("bgm") };
  const withEveryPeriod = patient(tags, sites).chain((one) =>
    fc.record({ cgm: full.cgm, bgm: full.bgm, cgmPeriod: period("cgm"), bgmPeriod: period("bgm") }).map((it) => ({
      ...one,
      cgm: { ...it.cgm, periods: { "14d": it.cgmPeriod } },
      bgm: { ...it.bgm, periods: { "14d": it.bgmPeriod } },
    })),
  );
  const given = [
    ...fc.sample(withEveryPeriod, { numRuns: 24, seed: 7 }),
    ...fc.sample(patient(tags, sites), { numRuns: 8, seed: 7 }),
  ];
  const patients = await store(clinic, given);
  const limit = patients.length;
  const filtered = filterFields.flatMap(({ type, field, isWhole }, i) => {
    const values = patients.map((p) => p.summary[type]?.periods["14d"]?.[field]).filter((it) => typeof it === "number");
    const [min, max] = [Math.min(...values), Math.max(...values)];
    // A value that somebody has, so that it matters whether it counts itself.
    const bound = values.find((it) => it > min && it < max && (!isWhole || Number.isInteger(it)))!;
    const comparators = i % 2 === 0 ? ([">", "<="] as const) : ([">=", "<"] as const);
    return comparators.map((comparator): ModelQuery => ({ filters: [[type, field, comparator, bound]], limit: 3 }));
  });
  const parted = filtered.filter((asked) => {
    const { count } = expectedList(patients, asked);
    return count > 0 && count < patients.length;
  });
  expect(parted).toHaveLength(2 * filterFields.length);
  const sorted = sorts.map((sort): ModelQuery => ({ filters: [], sort, limit }));
  for (const asked of sorted) {
    const byName = expectedList(patients, { filters: [], limit });
    if (asked.sort?.field === "fullName") continue;
    expect(expectedList(patients, asked).ids, asked.sort?.field).not.toEqual(byName.ids);
  }
  await expectListsOfModel(clinic, patients, [...filtered, ...sorted]);
});

test("the lists above have sent all 126 published parameters", () => {
  const published = description
    .paths!["/v1/clinics/{clinicId}/patients"]!.get!.parameters!.map(
      (parameter) => parameter as { in: string; name: string },
    )
    .filter((parameter) => parameter.in === "query");
  expect(published).toHaveLength(126);
  expect([...sent].toSorted()).toEqual(published.map(({ name }) => name).toSorted());
});
