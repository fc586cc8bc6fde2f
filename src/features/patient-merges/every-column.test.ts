import { expect, test } from "vitest";
import { rows } from "../../../test/harness.ts";

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

/** Columns of a record that a merge decides about, beside those of its summaries, which are its account's. */
const COLUMNS =
  "birth_date clinic_id connection_requests counts_to_plan created_at data_sources diagnosis_type ehr_subscriptions email " +
  "full_name glycemic_ranges invited_by is_demo is_migrated key last_reviewed_at last_upload_reminder_at " +
  "legacy_clinician_ids mrn mrn_key mrn_unique name_key permissions reviews search_rest sites tags target_devices updated_at " +
  "user_id version";

test("every column of a record has a rule for merges of two", async () => {
  const found = await rows<{ name: string }>(
    `SELECT name FROM pragma_table_info('patients') WHERE name NOT LIKE 'cgm\\_%' ESCAPE '\\' AND name NOT LIKE 'bgm\\_%' ESCAPE '\\'
     ORDER BY name`,
  );
  expect(found.map(({ name }) => name).join(" ")).toBe(COLUMNS);
});
