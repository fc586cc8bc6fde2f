import { env } from "cloudflare:workers";
import { Db } from "../src/platform/db/client.ts";
import { standingOf, takeStep } from "../src/features/merges/steps/advance.ts";
import { hasEnded } from "../src/features/merges/plan/rules.ts";
import {
  lockClinics,
  lockMergedClinics,
  enterPhase,
  insertMerge,
  startUndo,
} from "../src/features/merges/steps/store.ts";
import { newUserId, rows } from "./harness.ts";
import type { ModelClinic } from "./properties/merge-model.ts";

/** Clinics for merges, written as rows and read as the model sees them. */

export interface PairShape {
  readonly source: ClinicShape;
  readonly target: ClinicShape;
}
export interface ClinicShape {
  readonly tags: readonly string[];
  readonly sites: readonly string[];
  /** Numbers of people: equal numbers are one person in both clinics. The first is an admin in any case. */
  readonly members: readonly { readonly person: number; readonly isAdmin: boolean }[];
  readonly patients: readonly PatientShape[];
  readonly offers: readonly number[];
  /** The clinic's id in its EHR; null without one. */
  readonly ehrSource: string | null;
}
export interface PatientShape {
  readonly person: number;
  /** Positions in the clinic's lists. */
  readonly tags: readonly number[];
  readonly sites: readonly number[];
  readonly isCustodial: boolean;
  readonly hasSummary: boolean;
  readonly provider: string | null;
  /** Which orders of an EHR the record has, and whether they are active. */
  readonly ehr: Readonly<Partial<Record<"summaryAndReports" | "xealthReports", boolean>>>;
}

let last = 0;
const newId = () => (0x5f0000000000 + ++last).toString(16).padStart(12, "0") + "0".repeat(12);

export interface GivenPair {
  readonly sourceId: string;
  readonly targetId: string;
}

const CLINIC = `INSERT INTO clinics (id, name, share_code, ehr_settings, is_migrated, patient_total, patient_demo, patient_plan, version, created_at, updated_at)
  VALUES (?, ?, ?, ?, 1, 0, 0, 0, 1, 1, 1)`;

/** Two clinics as they are described; their numbers are counted by the service's own recount. */
export async function givenPair(shape: PairShape): Promise<GivenPair> {
  const people = new Map<number, string>();
  const person = (n: number) => people.get(n) ?? (people.set(n, newUserId()), people.get(n)!);
  const [sourceId, targetId] = [newId(), newId()];
  await env.DB.batch([
    ...clinicRows(sourceId, "North", shape.source, person),
    ...clinicRows(targetId, "South", shape.target, person),
  ]);
  return { sourceId, targetId };
}

function clinicRows(
  id: string,
  name: string,
  shape: ClinicShape,
  person: (n: number) => string,
): D1PreparedStatement[] {
  const sql = (text: string, ...values: unknown[]) => env.DB.prepare(text).bind(...values);
  const tags = distinct(shape.tags, (tag) => tag.toLowerCase().replaceAll(" ", "")).map((tag) => ({
    id: newId(),
    name: tag,
  }));
  const sites = distinct(shape.sites, (site) => site.toLowerCase()).map((site) => ({ id: newId(), name: site }));
  const patients = distinct(shape.patients, ({ person: n }) => String(n));
  return [
    sql(
      CLINIC,
      id,
      name,
      `CODE-${id}`,
      shape.ehrSource && JSON.stringify({ enabled: true, provider: "redox", sourceId: shape.ehrSource }),
    ),
    sql("INSERT INTO clinic_share_codes (code, clinic_id) VALUES (?, ?)", `CODE-${id}`, id),
    ...tags.map((tag) =>
      sql(
        "INSERT INTO clinic_patient_tags VALUES (?, ?, ?, ?, ?)",
        id,
        tag.id,
        tag.name,
        tag.name.toLowerCase().replaceAll(" ", ""),
        carrying(patients, "tags", tags.indexOf(tag)),
      ),
    ),
    ...sites.map((site) =>
      sql(
        "INSERT INTO clinic_sites VALUES (?, ?, ?, ?, ?)",
        id,
        site.id,
        site.name,
        site.name.toLowerCase(),
        carrying(patients, "sites", sites.indexOf(site)),
      ),
    ),
    ...distinct(shape.members, ({ person: n }) => String(n)).map(({ person: n, isAdmin }, i) =>
      sql(
        "INSERT INTO clinicians (id, clinic_id, user_id, email, name, roles, is_service_account, search_key, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, 0, '', 1, 1)",
        newId(),
        id,
        person(n),
        `${person(n)}@people.test`,
        `P ${n}`,
        isAdmin || i === 0 ? '["CLINIC_ADMIN"]' : '["CLINIC_MEMBER"]',
      ),
    ),
    ...patients.flatMap((patient) => patientRows(id, patient, person(patient.person), tags, sites)),
    sql(
      "UPDATE clinics SET patient_total = (SELECT count(*) FROM patients WHERE clinic_id = ?1), patient_plan = (SELECT coalesce(sum(counts_to_plan), 0) FROM patients WHERE clinic_id = ?1) WHERE id = ?1",
      id,
    ),
    sql(
      `INSERT INTO clinic_provider_counts SELECT clinic_id, s.value ->> 'providerName', s.value ->> 'state', count(*)
       FROM patients, json_each(data_sources) AS s WHERE clinic_id = ? GROUP BY 1, 2, 3`,
      id,
    ),
    ...distinct(shape.offers, String).map((n) =>
      sql(
        "INSERT INTO patient_invitations VALUES (?, ?, ?, 2, 'pending', 1, 1, 9999999999999)",
        `${id}-${n}`,
        id,
        person(n),
      ),
    ),
  ];
}

const distinct = <T>(list: readonly T[], key: (it: T) => string): T[] => [
  ...new Map(list.map((it) => [key(it), it])).values(),
];
const positions = (list: readonly number[], length: number) => [...new Set(list.filter((i) => i < length))];
const carrying = (patients: readonly PatientShape[], list: "tags" | "sites", at: number) =>
  patients.filter((patient) => patient[list].includes(at)).length;

function patientRows(
  clinicId: string,
  patient: PatientShape,
  userId: string,
  tags: readonly { id: string }[],
  sites: readonly { id: string }[],
): D1PreparedStatement[] {
  const ids = (list: readonly number[], labels: readonly { id: string }[]) =>
    JSON.stringify(positions(list, labels.length).map((i) => labels[i]!.id));
  const sources =
    patient.provider === null ? null : JSON.stringify([{ providerName: patient.provider, state: "connected" }]);
  const row = env.DB.prepare(
    `INSERT INTO patients (clinic_id, user_id, full_name, name_key, birth_date, mrn, mrn_key, mrn_unique, search_rest, tags, sites, data_sources,
       permissions, reviews, is_migrated, is_demo, counts_to_plan, ehr_subscriptions, cgm_summary_id, cgm_has_other_periods, bgm_has_other_periods, version, created_at, updated_at)
     VALUES (?, ?, ?, ?, '1980-01-31', ?, ?, 0, '', ?, ?, ?, ?, '[]', 0, 0, ?, ?, ?, 0, 0, 1, 1, 1)`,
  ).bind(
    clinicId,
    userId,
    `N ${patient.person}`,
    `n ${patient.person}`,
    `M-${clinicId}-${patient.person}`,
    `m-${clinicId}-${patient.person}`,
    ids(patient.tags, tags),
    ids(patient.sites, sites),
    sources,
    patient.isCustodial ? 15 : 2,
    patient.provider === "twiist" ? 0 : 1,
    subscriptions(clinicId, patient.ehr),
    patient.hasSummary ? "0123456789abcdef01234567" : null,
  );
  const own = `${clinicId}-${patient.person}`;
  const belongings = (
    [
      [
        `INSERT INTO reports (id, patient_key, state, cause, size, sha256, created_at) SELECT ?, key, 'ready', 'sync', 0, '', unixepoch() * 1000`,
        `report ${own}`,
      ],
      [
        `INSERT INTO ehr_jobs (id, patient_key, message_id, cause, state, created_at, expires_at) SELECT ?, key, clinic_id, 'clinic', 'sent', unixepoch() * 1000, 9000000000000000`,
        `sent ${own}`,
      ],
      [
        `INSERT INTO ehr_jobs (id, patient_key, message_id, cause, state, created_at, expires_at) SELECT ?, key, clinic_id, 'clinic', 'queued', unixepoch() * 1000, 9000000000000000`,
        `queued ${own}`,
      ],
      [
        `INSERT INTO ehr_messages (id, patient_key, deduplication_key, data_model, event_type, is_test, received_at, expires_at, state, message)
         SELECT ?1, key, ?1, 'Order', 'New', 0, 1, 9000000000000000, 'done', '{}'`,
        `message ${own}`,
      ],
    ] as const
  ).map(([insert, id]) =>
    env.DB.prepare(
      `${insert} FROM patients WHERE clinic_id = ?2 AND user_id = ?3`.replace("SELECT ?,", "SELECT ?1,"),
    ).bind(id, clinicId, userId),
  );
  if (!patient.hasSummary) return [row, ...belongings];
  const period = env.DB.prepare(
    "INSERT INTO cgm_periods (patient_key, period, flags, min) SELECT key, '14d', 1, ? FROM patients WHERE clinic_id = ? AND user_id = ?",
  ).bind(patient.person, clinicId, userId);
  return [row, ...belongings, period];
}

function subscriptions(clinicId: string, ehr: PatientShape["ehr"]): string | null {
  const given = Object.entries(ehr).map(([name, active]) => [
    name,
    { active, provider: "redox", matchedMessages: [{ id: `${name} of ${clinicId}` }], createdAt: 1, updatedAt: 1 },
  ]);
  return given.length === 0 ? null : JSON.stringify(Object.fromEntries(given));
}

/** Each as `name, whether active, last order`. */
const subscribed = (text: string | null): string[] =>
  Object.entries(JSON.parse(text ?? "{}") as Record<string, { active: boolean; matchedMessages: { id: string }[] }>)
    .map(([name, it]) => `${name}, ${it.active}, ${it.matchedMessages.at(-1)?.id}`)
    .toSorted();

const sorted = <T>(list: T[], key: (it: T) => string): T[] => list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));

/** A clinic as the model sees it, and the numbers it keeps of its patients beside a recount of them. */
export async function seen(
  clinicId: string,
): Promise<ModelClinic & { numbers: unknown; recounted: unknown; exists: boolean }> {
  const one = "WHERE clinic_id = ?";
  const query = (text: string) => env.DB.prepare(text).bind(clinicId);
  const results = await env.DB.batch<any>([
    query(
      "SELECT patient_total AS total, patient_plan AS plan, ehr_settings ->> 'sourceId' AS ehr FROM clinics WHERE id = ?",
    ),
    query(`SELECT id, name, num_patients FROM clinic_patient_tags ${one}`),
    query(`SELECT id, name, num_patients FROM clinic_sites ${one}`),
    query(`SELECT user_id AS user, roles FROM clinicians ${one} AND user_id IS NOT NULL`),
    query(
      `SELECT user_id AS user, tags, sites, ehr_subscriptions AS ehr, json_array(key, full_name, birth_date, email, mrn, permissions, reviews, data_sources, counts_to_plan, created_at,
         (SELECT json_group_array(json_array(period, flags, min)) FROM cgm_periods WHERE patient_key = key)) AS record,
         (SELECT json_group_array(id) FROM (SELECT id FROM reports WHERE patient_key = key AND state = 'ready'
            UNION ALL SELECT id FROM ehr_jobs WHERE patient_key = key UNION ALL SELECT id FROM ehr_messages WHERE patient_key = key)) AS belongings
       FROM patients ${one}`,
    ),
    query(`SELECT code FROM clinic_share_codes ${one}`),
    query(`SELECT creator_id AS user FROM patient_invitations ${one} AND status = 'pending'`),
    query(`SELECT provider, state, n FROM clinic_provider_counts ${one} AND n <> 0`),
    query("SELECT count(*) AS total, coalesce(sum(counts_to_plan), 0) AS plan FROM patients WHERE clinic_id = ?"),
    query(
      `SELECT s.value ->> 'providerName' AS provider, s.value ->> 'state' AS state, count(*) AS n FROM patients, json_each(data_sources) AS s ${one} GROUP BY 1, 2`,
    ),
  ]);
  const [clinic, tags, sites, members, patients, codes, offers, providers, total, recountedProviders] = results.map(
    (it) => it.results,
  );
  const nameOf = new Map(tags!.map((tag) => [tag.id, tag.name]));
  const carriers = (list: "tags" | "sites", id: string) =>
    patients!.filter((patient) => patient[list].includes(`"${id}"`)).length;
  const labels = (list: any[]) =>
    sorted(
      list.map((it) => [it.id, it.num_patients]),
      ([id]) => id as string,
    );
  const byProvider = (list: any[]) => sorted(list, (it) => `${it.provider} ${it.state}`);
  return {
    exists: clinic!.length === 1,
    tags: tags!.map((tag): string => tag.name).toSorted(),
    sites: sorted(
      sites!.map(({ id, name }) => ({ id, name })),
      ({ id }) => id,
    ),
    members: sorted(members!, ({ user }) => user),
    patients: sorted(
      patients!.map(({ user, record, tags: own, sites: at, ehr, belongings }: any) => ({
        user,
        record,
        belongings: (JSON.parse(belongings) as string[]).toSorted(),
        orders: subscribed(ehr),
        tags: (JSON.parse(own) as string[]).map((id): string => nameOf.get(id) ?? `unknown ${id}`).toSorted(),
        sites: (JSON.parse(at) as string[]).toSorted(),
      })),
      ({ user }) => user,
    ),
    codes: codes!.map(({ code }): string => code).toSorted(),
    offers: offers!.map(({ user }): string => user).toSorted(),
    ehrSource: clinic![0]?.ehr ?? null,
    numbers: [
      clinic![0] && { total: clinic![0].total, plan: clinic![0].plan },
      labels(tags!),
      labels(sites!),
      byProvider(providers!),
    ],
    recounted: [
      total![0],
      labels(tags!.map((tag) => ({ id: tag.id, num_patients: carriers("tags", tag.id) }))),
      labels(sites!.map((site) => ({ id: site.id, num_patients: carriers("sites", site.id) }))),
      byProvider(recountedProviders!),
    ],
  };
}

/** The id of a clinic's merge. */
export const mergeOf = async (sourceId: string): Promise<string> =>
  (
    await rows<{ id: string }>("SELECT id FROM merges WHERE source_id = ? ORDER BY created_at DESC, id DESC", sourceId)
  )[0]!.id;

export const workWith = (db: Db) => ({
  db,
  now: Date.now(),
  demoPatientUserId: env.CLINIC_DEMO_PATIENT_USER_ID,
  // Small clinics take several steps, too.
  patientsPerStep: 3,
  outboxBatch: crypto.randomUUID(),
  outboxEntries: [],
  keepAnswer: () => [],
});

/** Takes the steps of a merge, or of its undo, until there are no more; each on a connection of its own. */
export async function carryOut(mergeId: string, connect: () => Db = () => new Db(env.DB)): Promise<string> {
  let standing = await standingOf(workWith(connect()), mergeId);
  while (standing && !hasEnded(standing.merge.phase)) standing = await takeStep(workWith(connect()), standing);
  return standing?.merge.phase ?? "none";
}

/** Claims both clinics for a merge, as the request does; its id. */
export async function lockPair({ sourceId, targetId }: GivenPair): Promise<string> {
  const id = newId();
  const merge = { id, sourceId, targetId, requestedBy: "test", requestId: id, answerKey: null };
  await new Db(env.DB).batch([lockClinics(id, [sourceId, targetId]), insertMerge(merge, Date.now())]);
  return id;
}

/** Claims both clinics of a merge that is done, for its undo, as the request does. */
export const beginUndo = (mergeId: string) =>
  new Db(env.DB).batch([
    ...enterPhase(mergeId, "done", "restoring", Date.now()),
    startUndo(mergeId, "test", mergeId),
    lockMergedClinics(mergeId),
  ]);

/** What an undo did not restore, as `kind id`. */
export const keptBy = async (mergeId: string): Promise<string[]> =>
  (await rows<{ kept: string }>("SELECT kind || ' ' || id AS kept FROM merge_kept WHERE merge_id = ?", mergeId)).map(
    ({ kept }) => kept,
  );
