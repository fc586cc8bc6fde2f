import { getTableColumns } from "drizzle-orm";
import { expect, test } from "vitest";
import { rows } from "../../../test/harness.ts";
import { WRITTEN } from "../patients/model/merged-fields.ts";
import { patients } from "../tables/patients.ts";

/** What becomes of everything that hangs on a patient when two records of one clinic are merged, by table. */
const RULES: Record<string, string> = {
  clinics: "numbers: recounted in the batch",
  clinic_patient_tags: "numbers: recounted in the batch",
  clinic_sites: "numbers: recounted in the batch",
  clinician_role_changes: "of members, not of patients",
  deleted_clinics: "unchanged: about another event",
  merge_belongings: "unchanged: about another event",
  account_claims: "of the source: ended, or led to another clinic that keeps the account",
  account_shares: "unchanged: about the account",
  audit_log: "unchanged: about that id",
  bgm_periods: "the source's are archived with its record",
  cgm_periods: "the source's are archived with its record",
  clinic_provider_counts: "recounted in the batch",
  clinician_invitations: "of members, not of patients",
  clinicians: "of members, not of patients",
  data_owners: "unchanged: data never changes its owner",
  data_sets: "unchanged: data never changes its owner",
  deleted_bgm_periods: "unchanged, but for what the merge archives",
  deleted_cgm_periods: "unchanged, but for what the merge archives",
  deleted_clinicians: "of members, not of patients",
  deleted_patients: "unchanged, but for what the merge archives",
  distinct_pairs: "stay: a mark of the source counts again once it is back",
  ehr_jobs: "of the source, not delivered: skipped",
  ehr_messages: "follow the subscription that answers them",
  former_mrns: "those of the source lead to the target",
  merge_clinicians: "unchanged: about another event",
  merge_patients: "unchanged: about another event",
  migration_failures: "unchanged: about that id",
  migrations: "of members, not of patients",
  outbox: "waiting for the source in the clinic: skipped",
  patient_invitations: "pending ones of the source to the clinic: canceled",
  patient_merges: "the merge itself",
  reports: "stay under their keys",
  restricted_tokens: "of a parked account: revoked",
  waiting_events: "unchanged: about that id; the merge adds its own",
  xealth_report_views: "stay under their keys",
};

test("every table that hangs on a patient has a rule for merges of two", async () => {
  const tables = await rows<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
  );
  const hanging = await Promise.all(
    tables.map(({ name }) =>
      rows(
        `SELECT 1 FROM pragma_table_info(?) WHERE name LIKE '%user_id' OR name LIKE '%patient%' OR name = 'creator_id'
         OR name LIKE '%_key' AND type = 'INTEGER'`,
        name,
      ),
    ),
  );
  const found = tables.filter(({ name }, i) => name !== "patients" && hanging[i]!.length > 0);
  const named = Object.keys(RULES).toSorted();
  expect(found.map(({ name }) => name).filter((name) => !named.includes(name))).toEqual([]);
});

const STAYS = "the target's";
const FILLED = "the target's, the source's where that is blank or the caller takes it";
const DERIVED = "derived from what the record has then";

/** What becomes of each column of the record that stays, beside those of its summaries, which are its account's. */
const COLUMNS: Record<string, string> = {
  key: STAYS,
  clinic_id: STAYS,
  user_id: STAYS,
  created_at: STAYS,
  is_demo: STAYS,
  permissions: STAYS,
  data_sources: STAYS,
  counts_to_plan: STAYS,
  connection_requests: STAYS,
  last_upload_reminder_at: STAYS,
  full_name: FILLED,
  birth_date: FILLED,
  target_devices: FILLED,
  glycemic_ranges: FILLED,
  diagnosis_type: FILLED,
  email: "an owner's own; of a custodial target as the name, and only from an account that is parked",
  mrn: "as the name; one that is not used is a former MRN",
  mrn_unique: "the clinic's setting where the MRN is the source's, otherwise the target's",
  name_key: DERIVED,
  mrn_key: DERIVED,
  search_rest: "derived from what the record has then, and its former MRNs",
  tags: "the target's, then those that only the source has",
  sites: "the target's, then those that only the source has",
  reviews: "the two newest of both",
  last_reviewed_at: "the time of the newest review",
  ehr_subscriptions: "of the record whose MRN stays; of equal MRNs the active one, of two the one updated last",
  is_migrated: "of either",
  legacy_clinician_ids: "the target's, then those that only the source has",
  invited_by: "the caller where the address is another, otherwise the target's",
  version: "one more",
  updated_at: "the time of the merge",
};

test("every column of a record has a rule for merges of two", async () => {
  const found = await rows<{ name: string }>(
    `SELECT name FROM pragma_table_info('patients') WHERE name NOT LIKE 'cgm\\_%' ESCAPE '\\' AND name NOT LIKE 'bgm\\_%' ESCAPE '\\'
     ORDER BY name`,
  );
  expect(found.map(({ name }) => name)).toEqual(Object.keys(COLUMNS).toSorted());
});

test("a merge writes the columns whose rule is another than to stay as they are, and no others", () => {
  const names = getTableColumns(patients);
  const written = [...WRITTEN.map((column) => names[column].name), "name_key", "mrn_key", "search_rest"];
  const ruled = Object.keys(COLUMNS).filter((name) => COLUMNS[name] !== STAYS);
  expect([...written, "updated_at", "version"].toSorted()).toEqual(ruled.toSorted());
});
