import { env } from "cloudflare:workers";
import fc from "fast-check";
import { type Caller, newUserId, person } from "../harness.ts";

/** Two random records of one clinic, written as rows, and everything that hangs on them as it is stored. */

export type Row = Record<string, any>;

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const few = <T>(values: readonly T[], maxLength: number) => fc.shuffledSubarray([...values], { maxLength });

/** Texts that read the same, by the key that the specification gives them. */
export const KEYS: Readonly<Record<string, string>> = {
  "": "",
  " ": "",
  "Ada Lo": "ada lo",
  "ADA  LÒ": "ada lo",
  Bo: "bo",
  "A-1": "a-1",
  "a\u20111": "a-1",
  "B-2": "b-2",
  "C-3": "c-3",
};
const names = oneOf(null, "", "Ada Lo", "ADA  LÒ", "Bo");
const mrns = oneOf(null, " ", "A-1", "a\u20111", "B-2");
const at = oneOf("2026-05-01T00:00:00.000Z", "2026-05-02T00:00:00.000Z", "2026-05-03T00:00:00.000Z");
const subscription = fc.record({ active: fc.boolean(), at: oneOf(1, 2, 3) });

const recordOf = (isTarget: boolean) =>
  fc.record({
    fullName: names,
    birthDate: oneOf(null, "0001-01-01", "1980-01-01", "1980-01-01", "1980-01-02"),
    mrn: mrns,
    wantsUnique: fc.boolean(),
    email: oneOf("none", "own", "own", "own", isTarget ? "own" : "other's"),
    targetDevices: oneOf(null, "[]", '["d1"]', '["d2","d3"]'),
    glycemicRanges: oneOf(null, '{"type":"preset","preset":"adaStandard"}', '{"type":"preset","preset":"adaHighRisk"}'),
    diagnosisType: oneOf(null, "", "type1", "type2"),
    tags: few([0, 1, 2, 3], 3),
    sites: few([0, 1, 2], 2),
    reviews: fc.array(fc.record({ clinicianId: oneOf("c000000001", "c000000002"), time: at }), { maxLength: 2 }),
    permissions: isTarget ? oneOf(15, 15, 1, 2, null) : oneOf(15, 15, 15, 15, 15, 1, 2),
    isClaimed: isTarget ? oneOf(false, false, true) : fc.constant(false),
    sources: fc.uniqueArray(
      fc.record({
        providerName: oneOf("dexcom", "twiist", "abbott"),
        state: oneOf("connected", "pending", "pendingReconnect", "error"),
        isKnown: fc.boolean(),
      }),
      { maxLength: 2, selector: ({ providerName }) => providerName },
    ),
    requests: fc.nat(2),
    ehr: fc.record({ summaryAndReports: subscription, xealthReports: subscription }, { requiredKeys: [] }),
    remindedAt: oneOf(null, 5, 6),
    isMigrated: oneOf(0, 0, 1),
    legacy: oneOf(null, '["l1"]', '["l2","l1"]'),
    invitedBy: oneOf(null, "i000000001", "i000000002"),
    isDemo: fc.integer({ min: 0, max: 29 }).map((n): 0 | 1 => (n === 7 ? 1 : 0)),
    hasSummary: fc.boolean(),
    hasClaim: fc.boolean(),
    elsewhere: oneOf("no", "no", "no", "kept", "shared"),
    waits: fc.boolean(),
  });
const TAKEABLE = ["fullName", "birthDate", "email", "mrn", "targetDevices", "glycemicRanges", "diagnosisType"];
const anyPair = fc.record({
  target: recordOf(true),
  source: recordOf(false),
  isSourceOlder: fc.boolean(),
  mrnUnique: fc.boolean(),
  thirdMrn: oneOf(null, null, "A-1", "B-2"),
  take: fc.oneof({ weight: 1, arbitrary: few(TAKEABLE, 7) }, { weight: 5, arbitrary: few(TAKEABLE, 3) }),
  isPossible: oneOf(true, true, true, true, false),
});
/** Mostly what is taken can be taken. */
export const pair = anyPair.map(({ isPossible, ...it }) => {
  const isThere = (field: string) =>
    field === "email" ? it.source.email === "own" : ![null, "", "[]", "0001-01-01"].includes((it.source as Row)[field]);
  return isPossible ? { ...it, take: it.take.filter(isThere) } : it;
});
export type Pair = typeof pair extends fc.Arbitrary<infer T> ? T : never;
type Shape = Pair["target"];

export interface Given {
  readonly clinicId: string;
  readonly elsewhereId: string;
  readonly path: string;
  readonly admin: Caller;
  readonly targetId: string;
  readonly sourceId: string;
}

let last = 0;
const newId = () => (0x6f0000000000 + ++last).toString(16).padStart(12, "0") + "0".repeat(12);
const insert = (table: string, row: Row): D1PreparedStatement =>
  env.DB.prepare(
    `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${Object.keys(row)
      .map(() => "?")
      .join(", ")})`,
  ).bind(...Object.values(row));
const keyOf = (text: string | null) => (text === null ? null : (KEYS[text] ?? text));
const addressOf = (id: string, { email }: Shape) => (email === "none" ? null : `${email[0]}-${id}@pair.test`);

function rowOf(clinicId: string, id: string, it: Shape, tags: string[], sites: string[], isUnique: boolean): Row {
  const email = addressOf(id, it);
  const reviews = it.reviews.toSorted((a, b) => (a.time < b.time ? 1 : -1));
  const subscriptions = Object.entries(it.ehr).map(([name, { active, at: updatedAt }]) => [
    name,
    { active, provider: "redox", matchedMessages: [{ id: `${name}-${id}` }], createdAt: 1, updatedAt },
  ]);
  const sources = it.sources.map(({ isKnown, ...source }) => ({
    ...source,
    ...(isKnown && { dataSourceId: "0a".repeat(12) }),
  }));
  const isExempt = it.isDemo === 1 || sources.some(({ providerName }) => providerName === "twiist");
  return {
    clinic_id: clinicId,
    user_id: id,
    full_name: it.fullName,
    name_key: keyOf(it.fullName),
    birth_date: it.birthDate,
    email,
    mrn: it.mrn,
    mrn_key: keyOf(it.mrn) || null,
    mrn_unique: isUnique ? 1 : 0,
    search_rest: [email, it.mrn, it.birthDate].map((part) => keyOf(part) ?? "").join("\u001f"),
    target_devices: it.targetDevices,
    tags: JSON.stringify(it.tags.map((n) => tags[n])),
    sites: JSON.stringify(it.sites.map((n) => sites[n])),
    data_sources: sources.length > 0 ? JSON.stringify(sources) : null,
    permissions: it.permissions,
    reviews: JSON.stringify(reviews),
    last_reviewed_at: reviews[0] ? Date.parse(reviews[0].time) : null,
    connection_requests:
      it.requests > 0
        ? JSON.stringify({
            dexcom: Array.from({ length: it.requests }, () => ({
              providerName: "dexcom",
              createdTime: "2026-05-01T00:00:00.000Z",
            })),
          })
        : null,
    ehr_subscriptions: subscriptions.length > 0 ? JSON.stringify(Object.fromEntries(subscriptions)) : null,
    last_upload_reminder_at: it.remindedAt,
    glycemic_ranges: it.glycemicRanges,
    diagnosis_type: it.diagnosisType,
    is_migrated: it.isMigrated,
    legacy_clinician_ids: it.legacy,
    invited_by: it.invitedBy,
    is_demo: it.isDemo,
    counts_to_plan: isExempt ? 0 : 1,
    cgm_summary_id: it.hasSummary ? "0123456789abcdef01234567" : null,
    cgm_last_updated_at: it.hasSummary ? 77 : null,
    cgm_has_other_periods: 0,
    bgm_has_other_periods: 0,
    version: 3,
    created_at: 1000,
    updated_at: 2000,
  };
}

/** What the account of a custodial patient says after its record was written. */
export const profileOf = (row: Row): Row => {
  const known = (members: Row) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
  return known({
    fullName: row.full_name,
    email: row.email,
    patient: known({
      birthday: row.birth_date,
      mrn: row.mrn,
      targetDevices: JSON.parse(row.target_devices),
      diagnosisType: row.diagnosis_type,
      emails: row.email && [row.email],
    }),
  });
};

/** What the API says of every period. */
const REQUIRED = ["standard_deviation", "coefficient_of_variation"];
const REQUIRED_OF_CGM = [...REQUIRED, "min", "max", "days_with_data", "hours_with_data"];

/** What hangs on a record besides: account, claim, periods, mails and jobs that wait, an offer, a record elsewhere. */
function* hangingOn(
  clinicId: string,
  elsewhereId: string,
  id: string,
  it: Shape,
  row: Row,
): Generator<D1PreparedStatement> {
  const isOthers = it.email === "other's";
  const account = { email_verified: 0, name: null, is_custodial: it.isClaimed ? 0 : 1, created_at: 1, updated_at: 1 };
  const roles = '["custodial_account","patient"]';
  const kept = (row.permissions & 1) === 1 && !it.isClaimed;
  const profile = JSON.stringify(kept ? profileOf(row) : {});
  yield insert("users", { id, email: isOthers ? null : row.email, profile, roles, ...account });
  if (isOthers) yield insert("users", { id: newUserId(), email: row.email, profile: "{}", roles, ...account });
  if (kept && it.hasClaim && it.email === "own")
    yield insert("account_claims", {
      user_id: id,
      key: `claim-${id}`,
      clinic_id: clinicId,
      invited_by: "i000000003",
      email: row.email,
      created_at: 1,
      expires_at: 9_000_000_000_000,
    });
  const ofKey = (text: string, ...values: unknown[]) =>
    env.DB.prepare(`${text} FROM patients WHERE clinic_id = ?1 AND user_id = ?2`).bind(clinicId, id, ...values);
  if (it.hasSummary)
    for (const [table, required] of [
      ["cgm_periods", REQUIRED_OF_CGM],
      ["bgm_periods", REQUIRED],
    ] as const) {
      const names = required.flatMap((name) => [name, `${name}_delta`]);
      yield ofKey(
        `INSERT INTO ${table} (patient_key, period, flags, ${names.join(", ")})
         SELECT key, '5d', ?3, ${names.map(() => "1").join(", ")}`,
        it.tags.length,
      );
    }
  if (it.waits) {
    yield ofKey(
      `INSERT INTO outbox (id, batch, unique_key, kind, clinic_id, recipient_user_id, variables, state, attempts, next_attempt_at, created_at)
       SELECT ?3, ?3, ?3, 'connection_request', clinic_id, user_id, '{}', 'queued', 0, 9000000000000, 1`,
      `waits-${id}`,
    );
    yield insert("patient_invitations", {
      key: `offer-${id}`,
      clinic_id: clinicId,
      creator_id: id,
      permissions: 2,
      status: "pending",
      created_at: 1,
      modified_at: 1,
      expires_at: 9_000_000_000_000,
    });
    for (const state of ["queued", "sent"])
      yield ofKey(
        `INSERT INTO ehr_jobs (id, patient_key, message_id, cause, state, created_at, expires_at)
         SELECT ?3, key, ?3, 'clinic', ?4, 1, 9000000000000`,
        `job-${state}-${id}`,
        state,
      );
    yield ofKey(
      `INSERT INTO reports (id, patient_key, state, cause, size, sha256, created_at) SELECT ?3, key, 'ready', 'sync', 0, '', 1`,
      `report-${id}`,
    );
  }
  for (const name of Object.keys(it.ehr))
    yield ofKey(
      `INSERT INTO ehr_messages (id, patient_key, deduplication_key, data_model, event_type, is_test, received_at, expires_at, state, message)
       SELECT ?3, key, ?3, 'Order', 'New', 0, 1, 9000000000000000, 'done', '{}'`,
      `${name}-${id}`,
    );
  if (it.elsewhere !== "no")
    yield insert("patients", {
      ...row,
      clinic_id: elsewhereId,
      permissions: it.elsewhere === "kept" ? 15 : 2,
      mrn_unique: 0,
      tags: "[]",
      sites: "[]",
      is_demo: 0,
    });
}

const clinic = (id: string, mrnUnique: boolean): D1PreparedStatement =>
  insert("clinics", {
    id,
    name: "Pair",
    share_code: `CODE-${id}`,
    mrn_unique: mrnUnique ? 1 : 0,
    is_migrated: 1,
    patient_total: 0,
    patient_demo: 0,
    patient_plan: 0,
    version: 1,
    created_at: 1,
    updated_at: 1,
  });

/** A clinic with the pair and, if wanted, a third who has an MRN; another clinic that may have them, too. */
export async function givenRows(it: Pair): Promise<Given> {
  const admin = await person();
  const [clinicId, elsewhereId, targetId, sourceId] = [newId(), newId(), newUserId(), newUserId()];
  const [tags, sites] = [4, 3].map((n) => Array.from({ length: n }, newId)) as [string[], string[]];
  const taken = new Set<string>();
  const isUnique = ({ mrn, wantsUnique }: { mrn: string | null; wantsUnique: boolean }) => {
    const key = keyOf(mrn);
    if (!it.mrnUnique || !wantsUnique || !key || taken.has(key)) return false;
    taken.add(key);
    return true;
  };
  const both = [[targetId, it.target] as const, [sourceId, it.source] as const].map(([id, shape]) => {
    const row = rowOf(clinicId, id, shape, tags, sites, isUnique(shape));
    return [insert("patients", row), ...hangingOn(clinicId, elsewhereId, id, shape, row)];
  });
  const third = {
    ...it.target,
    email: "none" as const,
    mrn: it.thirdMrn,
    ehr: {},
    wantsUnique: true,
    isDemo: 0 as const,
  };
  await env.DB.batch([
    clinic(clinicId, it.mrnUnique),
    clinic(elsewhereId, false),
    insert("clinicians", {
      id: newId(),
      clinic_id: clinicId,
      user_id: admin.id,
      name: "Admin",
      roles: '["CLINIC_ADMIN"]',
      is_service_account: 0,
      search_key: "",
      created_at: 1,
      updated_at: 1,
    }),
    ...(["clinic_patient_tags", "clinic_sites"] as const).flatMap((table, n) =>
      [tags, sites][n]!.map((id) =>
        insert(table, { clinic_id: clinicId, id, name: id, name_key: id, num_patients: 0 }),
      ),
    ),
    ...(it.isSourceOlder ? both.toReversed() : both).flat(),
    ...(it.thirdMrn === null
      ? []
      : [insert("patients", rowOf(clinicId, newUserId(), third, tags, sites, isUnique(third)))]),
    ...recount(clinicId),
  ]);
  return { clinicId, elsewhereId, path: `/v1/clinics/${clinicId}`, admin, targetId, sourceId };
}

const recount = (clinicId: string): D1PreparedStatement[] =>
  [
    `UPDATE clinics SET patient_total = (SELECT count(*) FROM patients WHERE clinic_id = ?1),
       patient_demo = (SELECT coalesce(sum(is_demo), 0) FROM patients WHERE clinic_id = ?1),
       patient_plan = (SELECT coalesce(sum(counts_to_plan), 0) FROM patients WHERE clinic_id = ?1) WHERE id = ?1`,
    `UPDATE clinic_patient_tags SET num_patients =
       (SELECT count(*) FROM patients WHERE clinic_id = ?1 AND instr(tags, clinic_patient_tags.id) > 0) WHERE clinic_id = ?1`,
    `UPDATE clinic_sites SET num_patients =
       (SELECT count(*) FROM patients WHERE clinic_id = ?1 AND instr(sites, clinic_sites.id) > 0) WHERE clinic_id = ?1`,
    `INSERT INTO clinic_provider_counts SELECT clinic_id, s.value ->> 'providerName', s.value ->> 'state', count(*)
     FROM patients, json_each(data_sources) AS s WHERE clinic_id = ?1 AND is_demo = 0 GROUP BY 1, 2, 3`,
  ].map((text) => env.DB.prepare(text).bind(clinicId));

/** Everything stored of the clinic's patients, by table; the times of changes left out. */
export interface Stored {
  readonly patients: Row[];
  readonly periods: Row[];
  readonly users: Row[];
  readonly claims: Row[];
  readonly messages: Row[];
  readonly jobs: Row[];
  readonly mails: Row[];
  readonly invitations: Row[];
  readonly former: Row[];
  readonly archive: Row[];
  readonly merges: Row[];
  readonly elsewhere: Row[];
}

export async function look({ clinicId, targetId, sourceId }: Given): Promise<Stored> {
  const keys =
    "SELECT key FROM patients WHERE clinic_id = ?1 UNION SELECT key FROM deleted_patients WHERE clinic_id = ?1";
  const both = "IN (?2, ?3)";
  const queries: Record<keyof Stored, string> = {
    patients: "SELECT * FROM patients WHERE clinic_id = ?1 ORDER BY key",
    periods: `SELECT 'cgm' AS type, patient_key, period, flags FROM cgm_periods WHERE patient_key IN (${keys})
      UNION ALL SELECT 'bgm', patient_key, period, flags FROM bgm_periods WHERE patient_key IN (${keys}) ORDER BY 1, 2`,
    users: `SELECT id, email, profile, roles, is_custodial FROM users WHERE id ${both} ORDER BY id`,
    claims: `SELECT * FROM account_claims WHERE user_id ${both} ORDER BY user_id`,
    messages: `SELECT id, patient_key FROM ehr_messages WHERE patient_key IN (${keys}) ORDER BY id`,
    jobs: `SELECT id, patient_key, state, reason FROM ehr_jobs WHERE patient_key IN (${keys}) ORDER BY id`,
    mails: `SELECT kind, recipient_user_id AS user, state, reason FROM outbox WHERE recipient_user_id ${both} ORDER BY kind, 2, state`,
    invitations: `SELECT creator_id AS user, status FROM patient_invitations WHERE creator_id ${both} ORDER BY 1`,
    former: `SELECT mrn_key, patient_key FROM former_mrns WHERE patient_key IN (${keys}) ORDER BY 1`,
    archive: "SELECT * FROM deleted_patients WHERE clinic_id = ?1 ORDER BY key",
    merges: "SELECT * FROM patient_merges WHERE clinic_id = ?1 ORDER BY id",
    elsewhere: `SELECT * FROM patients WHERE clinic_id <> ?1 AND user_id ${both} ORDER BY key`,
  };
  const found = await env.DB.batch<Row>(
    Object.values(queries).map((text) => {
      const given = [clinicId, targetId, sourceId];
      const used = given.slice(0, text.includes("?3") ? 3 : 1);
      return env.DB.prepare(text.includes("?1") ? text : text.replaceAll("?2", "?1").replaceAll("?3", "?2")).bind(
        ...(text.includes("?1") ? used : given.slice(1)),
      );
    }),
  );
  const stored = Object.fromEntries(Object.keys(queries).map((name, n) => [name, found[n]!.results]));
  return {
    ...stored,
    users: stored.users!.map((one) => ({ ...one, profile: JSON.parse(one.profile) })),
  } as unknown as Stored;
}
