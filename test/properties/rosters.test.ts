import { env } from "cloudflare:workers";
import fc from "fast-check";
import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { matchingPatients } from "../../src/features/patients/list/matching-store.ts";
import { chosenFromRoster, readWithMatches } from "../../src/features/patients/list/rosters.ts";
import { orderedKeys } from "../../src/features/patients/list/order.ts";
import type { PatientFilter, PatientOrder } from "../../src/features/patients/list/query.ts";
import { tideMatchesIn, wantedByTide } from "../../src/features/tide/matching.ts";
import { CATEGORY_NAMES } from "../../src/features/tide/rules.ts";
import type { TideQuery } from "../../src/features/tide/schema.ts";
import { tideMatches } from "../../src/features/tide/store.ts";
import { amongManyOf } from "../../src/features/patients/model/changes-store.ts";
import { Db } from "../../src/platform/db/client.ts";
import { type Asking, askingOf } from "../../src/platform/db/read.ts";
import { type GivenClinic, givenClinic, givenPatient, rows } from "../harness.ts";
import { statsWith, summaryStatements } from "../summaries.ts";
import { leave, nobodyGone } from "./gone.ts";
import { cases } from "./size.ts";

/**
 * Lists are chosen from what is kept of a clinic in memory and brought forward by its changes. Whatever happens to the
 * clinic in between, they are what one statement finds among all of its patients.
 */

const db = new Db(env.DB);
const NOTHING_ASKED: PatientFilter = {
  search: undefined,
  tags: undefined,
  sites: undefined,
  reviewedUntil: undefined,
  onlyStandardRanges: false,
  lastData: { cgm: { from: undefined, before: undefined }, bgm: { from: undefined, before: undefined } },
  period: "14d",
  statistics: [],
};
const BY_NAME: PatientOrder = { descending: false, source: { kind: "name" } };

const TAGS = ["6b0bb7a68150bfd46a000001", "6b0bb7a68150bfd46a000002"] as const;
const NAMES = ["ana", "ana", "bo", "émile", "zoë", "李", "𝒳", "\uffee", ""] as const;

let clinic: GivenClinic;
let other: GivenClinic;
let lastUser = 0;

/** Mostly nothing: of many conditions together nobody is left. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const filters: fc.Arbitrary<PatientFilter> = fc
  .record({
    search: seldom(fc.constantFrom("a", "an", "zo", "李", "198", "zzz", " ")),
    tags: seldom(fc.subarray([...TAGS])),
    sites: seldom(fc.subarray([...TAGS])),
    reviewedUntil: seldom(fc.constantFrom(1000, 5000)),
    onlyStandardRanges: seldom(fc.constant(true)),
    from: seldom(fc.constantFrom(10, 30)),
    period: fc.constantFrom("1d", "14d"),
    statistics: seldom(
      fc.array(
        fc.record({
          type: fc.constantFrom("cgm" as const, "bgm" as const),
          field: fc.constantFrom("timeInTargetPercent", "totalRecords"),
          comparator: fc.constantFrom(">=" as const, ">" as const, "<=" as const, "<" as const),
          value: fc.constantFrom(0, 0.5, 3),
        }),
        { maxLength: 2 },
      ),
    ),
  })
  .map(({ from, onlyStandardRanges = false, statistics = [], ...rest }) => ({
    ...NOTHING_ASKED,
    ...rest,
    onlyStandardRanges,
    statistics,
    lastData: { ...NOTHING_ASKED.lastData, cgm: { from, before: undefined } },
  }));

const orders: fc.Arbitrary<PatientOrder> = fc.record({
  descending: fc.boolean(),
  source: fc.oneof(
    { weight: 3, arbitrary: fc.constant({ kind: "name" } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: "column", column: "birth_date" } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: "column", column: "last_reviewed_at" } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: "date", type: "cgm", column: "cgm_last_data_at", flag: 2 } as const) },
    {
      weight: 1,
      arbitrary: fc.constant({
        kind: "statistic",
        type: "cgm",
        column: "time_in_target_percent",
        flagBit: 0,
      } as const),
    },
    {
      weight: 1,
      arbitrary: fc.constant({ kind: "statistic", type: "bgm", column: "min", flagBit: undefined } as const),
    },
  ),
});

async function insert(clinicId: string, name: string): Promise<void> {
  const columns = (await rows<{ name: string }>("SELECT name FROM pragma_table_info('patients')"))
    .map((it) => it.name)
    .filter((column) => column !== "key");
  const values = columns.map((column) => {
    if (column === "user_id") return `'${String(++lastUser).padStart(10, "0")}'`;
    if (column === "clinic_id") return "?1";
    if (column === "name_key" || column === "full_name") return "?2";
    if (column === "is_demo") return "0";
    // The one that is copied may have been changed by a history.
    if (column === "tags") return "'[]'";
    return column;
  });
  await rows(
    `INSERT INTO patients (${columns.join(", ")}) SELECT ${values.join(", ")} FROM patients WHERE is_demo = 1 LIMIT 1 RETURNING key`,
    clinicId,
    name === "" ? null : name,
  );
}

/** The key of the patient in this place, going round; undefined where there is none. */
async function keyAt(clinicId: string, place: number): Promise<number | undefined> {
  const keys = await rows<{ key: number }>(
    "SELECT key FROM patients WHERE clinic_id = ? AND is_demo = 0 ORDER BY key",
    clinicId,
  );
  return keys[place % keys.length]?.key;
}

const update = (set: string, value: unknown, key: number) =>
  rows(`UPDATE patients SET ${set} = ?1 WHERE key = ?2 RETURNING key`, value, key);

async function summarise(key: number, value: number): Promise<void> {
  const [patient] = await rows<{ user_id: string; clinic_id: string }>("SELECT * FROM patients WHERE key = ?", key);
  for (const type of ["cgm", "bgm"] as const) {
    await rows(`DELETE FROM ${type}_periods WHERE patient_key = ?1 RETURNING 1`, key);
    const dates = { hasLastData: value > 0.3, lastData: new Date(value * 60).toISOString() };
    const ofCgm = { timeCGMUsePercent: 1 - value, timeInTargetPercentDelta: value - 0.6 };
    const values = { totalRecords: value * 10, timeInTargetPercent: value, min: value, ...(type === "cgm" && ofCgm) };
    const stats = await statsWith(type, values, { dates });
    await env.DB.batch(await summaryStatements(patient!.clinic_id, patient!.user_id, type, stats));
  }
}

type Step = { readonly what: string; readonly place: number; readonly pick: number };
const STEPS = [
  "comes",
  "leaves",
  "comes back",
  "renamed",
  "tagged",
  "reviewed",
  "born",
  "ranges",
  "summary",
  "moves out",
  "moves in",
  "many",
  "much",
  "put back",
] as const;

async function take({ what, place, pick }: Step): Promise<void> {
  const key = await keyAt(clinic.clinicId, place);
  const name = NAMES[pick % NAMES.length]!;
  if (what === "comes") return insert(clinic.clinicId, name);
  if (what === "moves in") {
    const from = await keyAt(other.clinicId, place);
    if (from !== undefined) await update("clinic_id", clinic.clinicId, from);
    return;
  }
  if (what === "comes back") {
    const [one] = await rows<{ key: number }>(
      "SELECT key FROM gone WHERE clinic_id = ?1 ORDER BY (key * ?2) % 7, key LIMIT 1",
      clinic.clinicId,
      pick + 1,
    );
    if (!one) return;
    await rows("INSERT INTO patients SELECT * FROM gone WHERE key = ?1 RETURNING key", one.key);
    await rows("DELETE FROM gone WHERE key = ?1 RETURNING key", one.key);
    return;
  }
  if (key === undefined) return;
  switch (what) {
    case "leaves":
      await leave(key);
      return;
    case "renamed":
      await update("name_key", name === "" ? null : name, key);
      return;
    case "tagged":
      await update("tags", JSON.stringify(TAGS.slice(pick % 3)), key);
      return;
    case "reviewed":
      await update("last_reviewed_at", [null, 900, 1000, 5000][pick % 4], key);
      return;
    case "born":
      await update("birth_date", [null, "1980-01-01", "2001-02-03"][pick % 3], key);
      return;
    case "ranges":
      await update("glycemic_ranges", [null, '{"preset":"adaStandard"}', '{"preset":"x"}', "{}"][pick % 4], key);
      return;
    case "summary":
      return summarise(key, (pick % 10) / 10);
    case "sources":
      await update(
        "data_sources",
        [null, '[{"providerName":"dexcom","state":"error"}]', '[{"providerName":"dexcom","state":"connected"}]'][
          pick % 3
        ],
        key,
      );
      return;
    case "moves out":
      await update("clinic_id", other.clinicId, key);
      return;
    case "many":
      await db.batch(
        amongManyOf(clinic.clinicId, [
          sql`UPDATE patients SET tags = ${JSON.stringify(TAGS.slice(pick % 2))}, name_key = name_key || 'a'
              WHERE patients.clinic_id = ${clinic.clinicId}`,
        ]),
      );
      return;
    case "much":
      // More changes than are read one by one.
      for (let i = 0; i < 30; i++)
        await rows("UPDATE patients SET version = version + 1 WHERE clinic_id = ?1 RETURNING 1", clinic.clinicId);
      return;
    case "put back":
      // As after a restore: the same numbers lead to something else.
      await db.batch([
        sql`INSERT INTO _many_changes (n) VALUES (1)`,
        sql`UPDATE patients SET tags = ${JSON.stringify(TAGS.slice(pick % 3))}, name_key = ${name}
            WHERE key = ${key} AND patients.clinic_id = ${clinic.clinicId}`,
        sql`DELETE FROM _many_changes`,
        sql`UPDATE patient_changes SET token = token + 1 WHERE clinic_id = ${clinic.clinicId}`,
      ]);
      return;
  }
}

/** Counts round trips. */
function counted(): { asking: Asking; trips: () => number } {
  let trips = 0;
  const asking = askingOf(db);
  return {
    asking: {
      read(reads) {
        trips += 1;
        return asking.read(reads);
      },
    },
    trips: () => trips,
  };
}

async function expectSame(filter: PatientFilter, order: PatientOrder): Promise<void> {
  const { asking, trips } = counted();
  const { matches } = await readWithMatches(asking, clinic.clinicId, filter, order, {});
  const { found } = await askingOf(db).read({ found: matchingPatients(clinic.clinicId, filter, order) });
  expect(orderedKeys(matches, order)).toEqual(orderedKeys(found, order));
  expect(trips()).toBe(1);
}

/** Brings a clinic to six patients at least: nothing happens to a clinic without any. */
async function fill(clinicId: string): Promise<void> {
  const [{ n }] = (await rows<{ n: number }>("SELECT count(*) AS n FROM patients WHERE clinic_id = ?", clinicId)) as [
    { n: number },
  ];
  for (let i = n; i < 7; i++) await insert(clinicId, NAMES[i % NAMES.length]!);
}

beforeEach(async () => {
  await nobodyGone();
  clinic = await givenClinic();
  other = await givenClinic();
});

/** A report's categories are decided in memory, and by a statement where too much is looked at: the same of both. */
async function expectSameTide(query: TideQuery & { lastDataCutoff: number }, silentBefore: number): Promise<number> {
  const { chosen } = await chosenFromRoster(
    askingOf(db),
    clinic.clinicId,
    wantedByTide(query),
    (roster) => tideMatchesIn(roster, query, silentBefore),
    () => tideMatches(clinic.clinicId, query, silentBefore),
    {},
  );
  const { found } = await askingOf(db).read({ found: tideMatches(clinic.clinicId, query, silentBefore) });
  const byKey = (a: { key: number }, b: { key: number }) => a.key - b.key;
  expect(chosen.candidates.toSorted(byKey)).toEqual(found.candidates.toSorted(byKey));
  expect(chosen.silent.toSorted(byKey)).toEqual(found.silent.toSorted(byKey));
  return found.candidates.length;
}

describe("lists of a clinic that changes", () => {
  test("are what a statement finds, after every history, in one round trip", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.array(
              fc.record({
                what: fc.constantFrom(...STEPS, ...STEPS.slice(0, 11)),
                place: fc.nat(20),
                pick: fc.nat(30),
              }),
              {
                minLength: 1,
                maxLength: 3,
              },
            ),
            fc.array(fc.tuple(filters, orders), { minLength: 1, maxLength: 3 }),
          ),
          { minLength: 1, maxLength: 8 },
        ),
        async (history) => {
          await fill(clinic.clinicId);
          await fill(other.clinicId);
          for (const [steps, lists] of history) {
            for (const step of steps) await take(step);
            for (const [filter, order] of lists) await expectSame(filter, order);
          }
        },
      ),
      { numRuns: cases(600, 40) },
    );
  }, 300_000);

  test("are right for requests that overlap, each of which finds the roster at another place", async () => {
    for (let i = 0; i < 12; i++) await insert(clinic.clinicId, NAMES[i % NAMES.length]!);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.record({
              what: fc.constantFrom("comes", "leaves", "renamed", "tagged", "born"),
              place: fc.nat(20),
              pick: fc.nat(30),
            }),
            fc.tuple(filters, orders),
          ),
          { minLength: 4, maxLength: 12 },
        ),
        async (all) => {
          await Promise.all(
            all.map((one) =>
              Array.isArray(one) ? readWithMatches(askingOf(db), clinic.clinicId, one[0], one[1], {}) : take(one),
            ),
          );
          for (const one of all) if (Array.isArray(one)) await expectSame(one[0], one[1]);
        },
      ),
      { numRuns: cases(300, 20) },
    );
  }, 300_000);

  test("have TIDE reports that are what a statement finds", async () => {
    await fill(clinic.clinicId);
    for (let place = 0; place < 7; place++) await take({ what: "summary", place, pick: place + 2 });
    const everything = { period: "14d" as const, tags: [], sites: undefined, excludeNoData: false, lastDataCutoff: 0 };
    // Of six the first is given another value in the end: four are below seven tenths.
    const met = await expectSameTide({ ...everything, categories: ["timeInTargetPercent"] }, 20);
    expect(met).toBe(4);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            what: fc.constantFrom("summary", "summary", "sources", "sources", "sources", "tagged", "comes", "leaves"),
            place: fc.nat(20),
            pick: fc.nat(30),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        fc.record({
          period: fc.constant("14d" as const),
          tags: fc.constantFrom([], [], [], [TAGS[0]]),
          sites: seldom(fc.subarray([...TAGS])),
          categories: fc.subarray([...CATEGORY_NAMES], { minLength: 1 }),
          excludeNoData: fc.constantFrom(false, false, true),
          lastDataCutoff: fc.constantFrom(0, 10, 30),
        }),
        fc.constantFrom(20, 40),
        async (steps, query, silentBefore) => {
          for (const step of steps) await take(step);
          await expectSameTide(query, silentBefore);
        },
      ),
      { numRuns: cases(300, 80) },
    );
  }, 300_000);

  test("have a patient who comes back, and whose key is the highest while one with a higher has left", async () => {
    await fill(clinic.clinicId);
    await insert(clinic.clinicId, "ana");
    await insert(clinic.clinicId, "bo");
    const keys = await rows<{ key: number }>(
      "SELECT key FROM patients WHERE clinic_id = ? ORDER BY key DESC LIMIT 2",
      clinic.clinicId,
    );
    const [last, before] = keys.map(({ key }) => key);
    const remove = (key: number) => rows("DELETE FROM patients WHERE key = ?1 RETURNING key", key);
    await rows("INSERT INTO gone SELECT * FROM patients WHERE key = ?1 RETURNING key", before!);
    await remove(before!);
    const lists = async () => {
      for (const sort of [BY_NAME, { descending: true, source: { kind: "column", column: "birth_date" } } as const]) {
        await expectSame({ ...NOTHING_ASKED, tags: [] }, sort);
        await expectSame({ ...NOTHING_ASKED, search: "a" }, sort);
      }
    };
    await lists();
    await remove(last!);
    await rows("INSERT INTO patients SELECT * FROM gone RETURNING key");
    await lists();
    await update("name_key", "zoe", before!);
    await update("tags", JSON.stringify([TAGS[0]]), before!);
    await lists();
    await insert(clinic.clinicId, "ana");
    await lists();
  });

  test("have the first patient of a clinic, who comes while another list finds it empty", async () => {
    await rows("DELETE FROM patients WHERE clinic_id = ?1 RETURNING key", clinic.clinicId);
    await insert(other.clinicId, "ana");
    const reviewed = { ...NOTHING_ASKED, reviewedUntil: 5000 };
    const untagged = { ...NOTHING_ASKED, tags: [] };
    const byBirth = { descending: false, source: { kind: "column", column: "birth_date" } } as const;
    await expectSame(reviewed, byBirth);
    const real = askingOf(db);
    let isFirst = true;
    const late: Asking = {
      async read(reads) {
        const found = await real.read(reads);
        if (isFirst) {
          isFirst = false;
          await insert(clinic.clinicId, "ana");
          await readWithMatches(real, clinic.clinicId, reviewed, byBirth, {});
        }
        return found;
      },
    };
    await readWithMatches(late, clinic.clinicId, untagged, byBirth, {});
    await expectSame(untagged, byBirth);
  });

  test("don't read all patients again when one has changed", async () => {
    for (let i = 0; i < 100; i++) await insert(clinic.clinicId, `name ${i}`);
    const filter = { ...NOTHING_ASKED, search: "name 1", tags: [] };
    const list = () => clinic.member.get(`${clinic.path}/patients?search=name%201&tags=&limit=1`);
    await list();
    expect((await list()).rowsRead).toBeLessThan(40);
    await update("email", "x@y.example", (await keyAt(clinic.clinicId, 3))!);
    expect((await list()).rowsRead).toBeLessThan(50);
    await expectSame(filter, BY_NAME);
  });

  test("keep what is asked for after another clinic's lists", async () => {
    const { id } = await givenPatient(clinic, { fullName: "Ana" });
    await expectSame({ ...NOTHING_ASKED, search: "ana" }, BY_NAME);
    const answer = await other.member.get(`${other.path}/patients?search=ana`);
    expect(answer.body.data.map((patient: { id: string }) => patient.id)).not.toContain(id);
  });
});
