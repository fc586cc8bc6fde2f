import { env } from "cloudflare:workers";
import fc from "fast-check";
import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { readRecord, readRecords } from "../../src/features/patients/model/kept-records.ts";
import { amongManyOf } from "../../src/features/patients/model/changes-store.ts";
import type { PageOfRecords } from "../../src/features/patients/model/read.ts";
import { listSites } from "../../src/features/sites/model/store.ts";
import { Db } from "../../src/platform/db/client.ts";
import { type Asking, askingOf } from "../../src/platform/db/read.ts";
import { JsonBytes } from "../../src/platform/formats/json-bytes.ts";
import { type GivenClinic, givenClinic, givenPatient, rows } from "../harness.ts";
import { storedRecord } from "../stored-records.ts";
import { statsWith, summaryStatements } from "../summaries.ts";
import { leave, nobodyGone } from "./gone.ts";
import { cases } from "./size.ts";

/**
 * Records are kept in memory in their versions. Whatever happens to the clinic and its database in between, a page and
 * GetPatient have the records that are stored, as a statement reads them that keeps nothing.
 */

const db = new Db(env.DB);
const asking = askingOf(db);
let clinic: GivenClinic;
let other: GivenClinic;
let ids: readonly string[];
let siteId: string;

interface Page {
  readonly states: readonly { readonly userId: string }[];
  readonly records: readonly { readonly id: string }[];
}

async function pageOf(page: PageOfRecords, by: Asking = asking): Promise<Page> {
  const { records, results } = await readRecords(by, clinic.clinicId, page, { sites: listSites(clinic.clinicId) });
  const out = new JsonBytes();
  out.text("[");
  records.write(out, new Map(results.sites.map(({ id, name }) => [id, name])));
  out.text("]");
  return { states: records.states, records: JSON.parse(new TextDecoder().decode(out.take())) };
}

const stored = () =>
  rows<{ key: number; user_id: string }>(
    "SELECT key, user_id FROM patients WHERE clinic_id = ? ORDER BY name_key, key",
    clinic.clinicId,
  );

/** Each record of the page is the stored one, and they are those and in the order that they should be. */
async function expectStored(page: PageOfRecords): Promise<void> {
  const now = await stored();
  const expected =
    "keys" in page
      ? page.keys.flatMap((key) => now.find((one) => one.key === key) ?? [])
      : now.slice(page.offset, page.offset + page.limit);
  const { states, records } = await pageOf(page);
  expect(states.map(({ userId }) => userId)).toEqual(expected.map(({ user_id }) => user_id));
  expect(records).toEqual(
    await Promise.all(expected.map(async ({ user_id }) => (await storedRecord(clinic.clinicId, user_id))!.record)),
  );
}

const parsed = (json: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(json));

/** One record, of which the caller knows these states, is the stored one; not sent where it is among them. */
async function expectStoredRecord(userId: string, states: readonly string[]): Promise<string | undefined> {
  const [found, expected] = [
    await readRecord(asking, clinic.clinicId, userId, states),
    await storedRecord(clinic.clinicId, userId),
  ];
  expect(found?.state).toBe(expected?.state);
  const isKnown = expected !== undefined && states.includes(expected.state);
  expect(found?.body && parsed(found.body)).toEqual(isKnown ? undefined : expected?.record);
  return expected?.state;
}

const STEPS = [
  "named",
  "named",
  "summary",
  "site",
  "leaves",
  "comes back",
  "moves",
  "many",
  "noted",
  "put back",
] as const;
type Step = { readonly what: (typeof STEPS)[number]; readonly place: number; readonly pick: number };

/** What is of the two clinics, patients before what hangs on them. */
const TABLES = [
  ["patients", "is_demo = 0"],
  ["cgm_periods", "true"],
  ["clinic_sites", "true"],
  ["patient_changes", "true"],
] as const;

/** As when a database is put back to an earlier moment, or a replica answers that has not come further. */
async function putBack(): Promise<void> {
  const [noted] = await rows<{ n: number }>("SELECT count(*) AS n FROM noted_patients");
  if (noted!.n === 0) return;
  await env.DB.batch(
    [
      "INSERT INTO _many_changes (n) VALUES (1)",
      ...TABLES.toReversed().map(([table, which]) => `DELETE FROM ${table} WHERE ${which}`),
      ...TABLES.map(([table]) => `INSERT INTO ${table} SELECT * FROM noted_${table}`),
      "DELETE FROM _many_changes",
      "DELETE FROM gone",
    ].map((statement) => env.DB.prepare(statement)),
  );
}

const named = (key: number, pick: number, version: string) =>
  rows(
    `UPDATE patients SET full_name = ?1, name_key = ?1, version = ${version} WHERE key = ?2 RETURNING key`,
    `name ${pick}`,
    key,
  );

async function take({ what, place, pick }: Step): Promise<void> {
  const userId = ids[place % ids.length]!;
  const [one] = await rows<{ key: number; clinic_id: string; version: number }>(
    "SELECT key, clinic_id, version FROM patients WHERE user_id = ?",
    userId,
  );
  if (what === "comes back") {
    await rows("INSERT INTO patients SELECT * FROM gone WHERE true RETURNING key");
    await rows("UPDATE patients SET version = version + 1 WHERE key IN (SELECT key FROM gone) RETURNING key");
    await rows("DELETE FROM gone RETURNING key");
    return;
  }
  if (!one) return;
  const { key } = one;
  switch (what) {
    case "named":
      await named(key, pick, "version + 1");
      return;
    case "summary": {
      const stats = await statsWith("cgm", { totalRecords: pick, timeInTargetPercent: pick / 30 });
      await env.DB.batch([
        env.DB.prepare("DELETE FROM cgm_periods WHERE patient_key = ?").bind(key),
        ...(await summaryStatements(one.clinic_id, userId, "cgm", stats)),
        env.DB.prepare("UPDATE patients SET version = version + 1 WHERE key = ?").bind(key),
      ]);
      return;
    }
    case "site":
      await clinic.admin.put(`${clinic.path}/sites/${siteId}`, { name: `Site ${pick}` });
      return;
    case "leaves":
      await leave(key);
      return;
    case "moves": {
      const to = one.clinic_id === clinic.clinicId ? other.clinicId : clinic.clinicId;
      await rows(
        "UPDATE patients SET clinic_id = ?1, sites = '[]', version = version + 1 WHERE key = ?2 RETURNING key",
        to,
        key,
      );
      return;
    }
    case "many":
      await db.batch(
        amongManyOf(clinic.clinicId, [
          sql`UPDATE patients SET full_name = ${`many ${pick}`}, version = version + 1
              WHERE patients.clinic_id = ${clinic.clinicId}`,
        ]),
      );
      return;
    case "noted":
      await env.DB.batch(
        TABLES.map(([table, which]) =>
          env.DB.prepare(`INSERT INTO noted_${table} SELECT * FROM ${table} WHERE ${which}`),
        ).flatMap((insert, i) => [env.DB.prepare(`DELETE FROM noted_${TABLES[i]![0]}`), insert]),
      );
      return;
    case "put back":
      await putBack();
      return;
  }
}

/** One patient more often than others: what is kept of a single record is wrong only after much has happened to it. */
const places = fc.oneof(fc.constant(0), fc.nat(20));
const steps = fc.record({ what: fc.constantFrom(...STEPS), place: places, pick: fc.nat(30) });
/** Steps of one statement or batch: what others see of the clinic is never between two. */
const single = fc.record({
  what: fc.constantFrom(
    "named" as const,
    "named" as const,
    "moves" as const,
    "many" as const,
    "site" as const,
    "put back" as const,
  ),
  place: places,
  pick: fc.nat(30),
});
const pages = fc.record({ offset: fc.constantFrom(0, 0, 2), limit: fc.constantFrom(3, 10) });
/** Places of patients among those stored, by which a page names keys: some of them may be in no clinic by then. */
const byKeys = fc.array(fc.nat(8), { minLength: 1, maxLength: 5 });
/** Asks for one patient, as somebody who has a record of some time before or none. */
const ones = fc.record({ patient: places, knows: fc.constantFrom("nothing", "nothing", "the last", "another") });
const idOf = ({ patient }: { readonly patient: number }) => ids[patient % ids.length]!;

async function pageFrom(page: { offset: number; limit: number } | number[]): Promise<PageOfRecords> {
  if (!Array.isArray(page)) return page;
  const keys = await rows<{ key: number }>(
    "SELECT key FROM patients WHERE user_id IN (SELECT value FROM json_each(?))",
    JSON.stringify(ids),
  );
  return { keys: [...new Set(page.flatMap((place) => keys[place]?.key ?? []))] };
}

beforeEach(async () => {
  await nobodyGone();
  for (const [table] of TABLES) {
    await rows(`DROP TABLE IF EXISTS noted_${table}`);
    await rows(`CREATE TABLE noted_${table} AS SELECT * FROM ${table} LIMIT 0`);
  }
  clinic = await givenClinic();
  other = await givenClinic();
  await clinic.admin.post(`${clinic.path}/sites`, { name: "Site" });
  siteId = (await rows<{ id: string }>("SELECT id FROM clinic_sites WHERE clinic_id = ?", clinic.clinicId))[0]!.id;
  const made = [];
  for (const name of ["ana", "bo", "cy", "di", "ed", "fi"])
    made.push((await givenPatient(clinic, { fullName: name, sites: [{ id: siteId, name: "Site" }] })).id);
  ids = made;
});

describe("records of pages", () => {
  test("are those that are stored, after every history", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.array(steps, { minLength: 1, maxLength: 3 }),
            fc.array(fc.oneof(pages, byKeys, ones), { minLength: 1, maxLength: 4 }),
          ),
          { minLength: 1, maxLength: 6 },
        ),
        async (history) => {
          const told = new Map<string, string>();
          for (const [changes, asked] of history) {
            for (const step of changes) await take(step);
            for (const page of asked) {
              if (!("patient" in page)) {
                await expectStored(await pageFrom(page));
                continue;
              }
              const userId = idOf(page);
              const last = told.get(userId);
              const known = page.knows === "another" ? ["1.1.1.0.0"] : last === undefined ? [] : [last];
              const now = await expectStoredRecord(userId, page.knows === "nothing" ? [] : known);
              if (now !== undefined) told.set(userId, now);
            }
          }
        },
      ),
      { numRuns: cases(300, 25) },
    );
  }, 300_000);

  test("are those that are stored after requests that overlap", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(single, pages, byKeys, ones), { minLength: 4, maxLength: 12 }),
        async (all) => {
          await Promise.all(
            all.map(async (one) => {
              if ("what" in one) return take(one);
              if ("patient" in one) return readRecord(asking, clinic.clinicId, idOf(one), []);
              return pageOf(await pageFrom(one));
            }),
          );
          for (const one of all) {
            if ("patient" in one) await expectStoredRecord(idOf(one), []);
            else if (!("what" in one)) await expectStored(await pageFrom(one));
          }
        },
      ),
      { numRuns: cases(200, 20) },
    );
  }, 300_000);
});
