import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { type Answer, type Caller, everythingStored, type GivenClinic, newUserId, rows, send } from "./harness.ts";
import { servedIn } from "./served-in.ts";

/** What the tests of tags, sites and clinics share: patients that carry tags and sites, and proofs about refusals. */

export interface Carried {
  tags?: readonly string[];
  sites?: readonly string[];
  dataSources?: readonly { providerName: string; state: string }[];
  countsToPlan?: 0 | 1;
}

/** Patients of the clinic with these tags and sites, written as rows; the clinic's numbers are counted after. */
export async function givenPatients(clinic: GivenClinic, ...patients: readonly Carried[]): Promise<string[]> {
  const userIds = patients.map(() => newUserId());
  const insert = env.DB.prepare(
    `INSERT INTO patients (clinic_id, user_id, full_name, mrn_unique, search_rest, tags, sites, data_sources, reviews,
       is_migrated, is_demo, counts_to_plan, cgm_has_other_periods, bgm_has_other_periods, version, created_at, updated_at)
     VALUES (?, ?, ?, 0, '', ?, ?, ?, '[]', 0, 0, ?, 0, 0, 1, 1, 1)`,
  );
  await env.DB.batch(
    patients.map(({ tags = [], sites = [], dataSources, countsToPlan = 1 }, i) =>
      insert.bind(
        clinic.clinicId,
        userIds[i],
        `Patient ${userIds[i]}`,
        JSON.stringify(tags),
        JSON.stringify(sites),
        dataSources ? JSON.stringify(dataSources) : null,
        countsToPlan,
      ),
    ),
  );
  const counted = await clinic.service.post(`${clinic.path}/patient_count/refresh`);
  if (counted.status !== 200) throw new Error(`RefreshPatientCount answered ${counted.status}: ${counted.text}`);
  return userIds;
}

/** What the patients of a clinic carry, as it is stored, by user id. */
export async function carried(clinicId: string): Promise<Map<string, { tags: string[]; sites: string[] }>> {
  const found = await rows<{ user_id: string; tags: string; sites: string }>(
    "SELECT user_id, tags, sites FROM patients WHERE clinic_id = ? ORDER BY key",
    clinicId,
  );
  return new Map(found.map((row) => [row.user_id, { tags: JSON.parse(row.tags), sites: JSON.parse(row.sites) }]));
}

/** The numbers of patients that GetClinic shows beside tags and sites, by id; 0 where none is shown. */
export async function shownCounts(clinic: GivenClinic): Promise<Record<string, number>> {
  const { body } = await clinic.admin.get(clinic.path);
  const shown = [...(body.patientTags ?? []), ...(body.sites ?? [])] as { id: string; numPatients?: number }[];
  return Object.fromEntries(shown.map(({ id, numPatients }) => [id, numPatients ?? 0]));
}

/** Everything stored among the records. */
export const changesStored = everythingStored;

/** Makes a request that must not change anything, and proves that it did not. */
export async function unchanging(request: () => Promise<Answer>): Promise<Answer> {
  const before = await changesStored();
  const answer = await request();
  expect(await changesStored()).toBe(before);
  return answer;
}

/** The audit rows of changes that an operation wrote about a clinic. */
export const audited = (clinicId: string, operation: string) =>
  rows<{ patient_id: string | null; actor_id: string }>(
    "SELECT patient_id, actor_id FROM audit_log WHERE clinic_id = ? AND operation = ? AND outcome = 'changed' ORDER BY id",
    clinicId,
    operation,
  );

/** When the clinic's record last changed, and how often it has. */
export const clinicVersion = async (clinicId: string) =>
  (
    await rows<{ version: number; updated_at: number }>(
      "SELECT version, updated_at FROM clinics WHERE id = ?",
      clinicId,
    )
  )[0]!;

/** Fills a clinic up to so many tags or sites, as rows. */
export async function fill(
  clinicId: string,
  table: "clinic_patient_tags" | "clinic_sites",
  count: number,
): Promise<void> {
  const insert = env.DB.prepare(
    `INSERT INTO ${table} (clinic_id, id, name, name_key, num_patients) VALUES (?, ?, ?, ?, 0)`,
  );
  await env.DB.batch(
    Array.from({ length: count }, (_, i) =>
      insert.bind(clinicId, (0xf00000 + i).toString(16).padStart(24, "0"), `Filler ${i}`, `filler${i}`),
    ),
  );
}

/** A database in which something else happens after the first batch. */
export function interruptedDatabase(meanwhile: () => Promise<unknown>) {
  let isFirst = true;
  const session = env.DB.withSession("first-primary");
  return {
    withSession: () => ({
      prepare: (text: string) => session.prepare(text),
      getBookmark: () => session.getBookmark(),
      async batch(statements: D1PreparedStatement[]) {
        const results = await session.batch(statements);
        if (isFirst) {
          isFirst = false;
          await meanwhile();
        }
        return results;
      },
    }),
  };
}

/** Makes a request during which something else happens between its first round trip to the database and its second. */
export function interrupted(
  caller: Caller,
  request: { method: string; path: string; body?: unknown },
  meanwhile: () => Promise<unknown>,
): Promise<Answer> {
  const { method, path, body } = request;
  return send(method, path, { token: caller.token, body, through: servedIn({ DB: interruptedDatabase(meanwhile) }) });
}
