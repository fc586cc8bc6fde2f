import type { Unbound } from "./bindings.ts";

export interface Exception {
  /** The file that holds the statement. */
  readonly file: string;
  readonly why: string;
  /** The blocks that may reach into several clinics, whole. */
  readonly blocks: readonly (string | RegExp)[];
}

/** Tables with a clinic's id in them that no clinic reads. */
export const NOT_A_CLINICS: ReadonlyMap<string, string> = new Map([
  ["outbox", "rows are claimed by their id and swept by their age; what they cause stands in the row"],
  ["merge_participants", "who takes part in a merge is released by the merge"],
  ["ehr_messages", "found by their id, or by what makes them unique, before anybody knows whose they are"],
  ["ehr_jobs", "made from records of a clinic, then done by their id; where they go is decided from the record"],
  ["ehr_runs", "made for a clinic, then done by their id and swept by their age"],
  ["ehr_schedules", "due at a time, whichever clinic's"],
  ["reports", "listed and read through a patient whose clinic is bound; stored and deleted by their id"],
  ["xealth_report_views", "of a patient's key, which a statement of one clinic gives; swept by their age"],
  ["account_claims", "one an account, whichever clinic offers it; reached by the account or by a secret key"],
]);

const CREATED = / WHERE true( AND clinicians\.created_at >= \?)?( AND clinicians\.created_at < \?)?/.source;
const NEWEST_FIRST = / ORDER BY clinicians\.created_at DESC, clinicians\.id DESC LIMIT \? OFFSET \?/.source;
const OF_CLINICIANS =
  /SELECT (…|clinicians\.clinic_id AS clinic_id) FROM clinicians JOIN clinics ON clinics\.id = clinicians\.clinic_id/
    .source;

/** The record of a user, in whatever other clinic, that was updated last. */
const ELSEWHERE =
  /SELECT patients\.key FROM patients WHERE patients\.user_id = (\?|\(SELECT patient_invitations\..+ = \?\)) AND patients\.clinic_id <> \? ORDER BY patients\.updated_at DESC, patients\.key DESC LIMIT 1/
    .source;

/** Every block that may name no clinic, and why. Only what stands here passes; a new one is a decision to write down. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    file: "src/features/event-webhooks/store.ts",
    why: "the cron takes what waits for subscriptions of all clinics to the outbox, and ends those whose clinic is gone",
    blocks: [
      /^WITH RECURSIVE waiting\(id\) AS .* LEFT JOIN event_subscriptions ON event_subscriptions\.id = waiting\.id WHERE waiting\.id IS NOT NULL$/,
      /^SELECT … FROM \(SELECT \* FROM waiting_events WHERE waiting_events\.subscription_id = \? ORDER BY [\w., ]+ LIMIT \?\) AS w JOIN event_subscriptions ON event_subscriptions\.id = \?$/,
      "UPDATE event_subscriptions SET … WHERE event_subscriptions.id = ? AND failing_since IS NOT NULL",
      "SELECT event_subscriptions.id FROM event_subscriptions WHERE event_subscriptions.ends_at <= ?",
      "DELETE FROM event_subscriptions WHERE event_subscriptions.ends_at <= ?",
    ],
  },
  {
    file: "src/features/patient-merges/facts-read.ts",
    why: "whether an account that is to be parked is a patient of other clinics: a number",
    blocks: ["SELECT count(*) FROM patients WHERE patients.user_id = ? AND patients.clinic_id <> ?"],
  },
  {
    file: "src/features/accounts/account-store.ts",
    why: "a job gives a custodial account the address of its newest record, whichever clinic's",
    blocks: [
      /^SELECT patients\.email AS email FROM patients WHERE patients\.user_id = \? AND \(coalesce\(patients\.permissions, 0\) & 1\) <> 0 ORDER BY /,
    ],
  },
  {
    file: "src/features/accounts/claims-store.ts",
    why: "a claim is led to another clinic that keeps the account; nobody is told which",
    blocks: [
      /^SELECT patients\.clinic_id FROM patients WHERE patients\.user_id = \? AND patients\.clinic_id <> \? AND \(coalesce\(patients\.permissions, 0\) & 1\) <> 0 /,
    ],
  },
  {
    file: "src/features/patient-merges/undo-read.ts",
    why: "whether the record is another clinic's by now, or another clinic knows newer summaries: yes or no",
    blocks: [
      "SELECT patients.clinic_id FROM patients WHERE patients.key = patient_merges.target_key",
      /^SELECT 1 FROM patients AS other WHERE other\.user_id = patient_merges\.source_user_id AND other\.clinic_id <> patient_merges\.clinic_id /,
    ],
  },
  {
    file: "src/features/patient-merges/store.ts",
    why: "values that nothing needs any more are erased by their age, whichever clinic's",
    blocks: [
      /^UPDATE patient_merges SET … WHERE patient_merges\.id IN \(SELECT patient_merges\.id FROM patient_merges INDEXED BY patient_merges_to_erase /,
      /^SELECT patient_merges\.id FROM patient_merges INDEXED BY patient_merges_to_erase /,
    ],
  },
  {
    file: "src/features/fhir/criteria-read.ts",
    why: "an identifier without a system: keys of records, which the search then takes from the clinics of the caller",
    blocks: ["SELECT former_mrns.patient_key AS key FROM former_mrns WHERE former_mrns.mrn_key IN (?)"],
  },
  {
    file: "src/features/patients/model/former-mrns-store.ts",
    why: "which former MRNs a record has brought to the one it was joined with: by keys that the merge of clinics has",
    blocks: [
      "SELECT former_mrns.merge_id FROM patient_merges CROSS JOIN former_mrns ON former_mrns.merge_id = patient_merges.id WHERE patient_merges.target_key = pair.source_key",
    ],
  },
  {
    file: "src/features/merges/steps/store.ts",
    why: "keys of archived records of two patients of the target, looked for among those that the merge has brought",
    blocks: [
      "UNION ALL SELECT deleted_patients.key FROM deleted_patients WHERE deleted_patients.user_id IN (patient_merges.source_user_id, patient_merges.target_user_id)",
    ],
  },
  {
    file: "src/features/patient-merges/store.ts",
    why: "bound services ask for the merges of a person in all clinics: ids and instants",
    blocks: [
      "SELECT … FROM patient_merges WHERE patient_merges.source_user_id = ?",
      "UNION ALL SELECT … FROM patient_merges WHERE patient_merges.target_user_id = ? ORDER BY mergedAt DESC",
    ],
  },
  {
    file: "src/features/patient-merges/store.ts",
    why: "of a merge that the same batch has found in the clinic",
    blocks: [
      "DELETE FROM former_mrns WHERE former_mrns.merge_id = ?",
      /^SELECT former_mrns\.mrn FROM former_mrns WHERE former_mrns\.merge_id = patient_merges\.id AND NOT EXISTS /,
      "SELECT 1 FROM former_mrns AS older WHERE older.patient_key = patient_merges.source_key AND older.mrn_key = former_mrns.mrn_key",
    ],
  },
  {
    file: "src/features/device-data/access/permissions-read.ts",
    why: "data is a person's: every clinic of the caller counts that keeps a record into which one of the person's was merged",
    blocks: [
      /^SELECT 1 FROM \(WITH RECURSIVE trail.* AS trail CROSS JOIN patients ON patients\.key = trail\.key JOIN clinicians ON clinicians\.clinic_id = patients\.clinic_id AND clinicians\.user_id = \? /,
      /^SELECT patient_merges\.source_key AS key FROM patient_merges WHERE patient_merges\.source_user_id = (\?|data_sets\.user_id) AND patient_merges\.undone_at IS NULL$/,
    ],
  },
  {
    file: "src/features/patients/model/successors-store.ts",
    why: "a record keeps its key when it moves to another clinic: the trail is followed by keys, and ends in the clinic's own",
    blocks: [
      "SELECT patient_merges.source_key AS key FROM patient_merges WHERE patient_merges.source_user_id = ? AND patient_merges.undone_at IS NULL",
      "SELECT patient_merges.target_key FROM patient_merges WHERE patient_merges.source_key = trail.key AND patient_merges.undone_at IS NULL",
      "SELECT 1 FROM patients AS there WHERE there.key = trail.key",
    ],
  },
  {
    file: "src/features/patients/model/successors-store.ts",
    why: "FhirPatients by a user's id: keys of records, which the search then takes from the clinics of the caller",
    blocks: [
      "WITH named(id) AS (SELECT ?) SELECT own.key FROM named CROSS JOIN patients AS own ON own.user_id = named.id",
      "SELECT patient_merges.source_key AS key FROM named CROSS JOIN patient_merges ON patient_merges.source_user_id = named.id AND patient_merges.undone_at IS NULL",
      /^UNION ALL SELECT there\.key FROM \(WITH RECURSIVE trail.+\) AS trail CROSS JOIN patients AS there ON there\.key = trail\.key WHERE NOT EXISTS \(SELECT 1 FROM named CROSS JOIN patients AS own ON own\.user_id = named\.id AND own\.clinic_id = there\.clinic_id\)$/,
    ],
  },
  {
    file: "src/platform/audit/move-store.ts",
    why: "the cron moves what changes of all clinics have left to the audit trail, in the order of its writing",
    blocks: [
      "SELECT … FROM audit_log ORDER BY id LIMIT ?",
      "DELETE FROM audit_log WHERE id IN (SELECT value FROM json_each(?)) AND id < (SELECT max(id) FROM audit_log)",
      "SELECT max(id) FROM audit_log",
    ],
  },
  {
    file: "src/features/clinics/model/store.ts",
    why: "whether the clinic that an answer of the same caller names is as it was answered",
    blocks: ["SELECT clinics.version FROM clinics WHERE clinics.id = (replays.body ->> '$.id')"],
  },
  {
    file: "src/features/clinicians/model/store.ts",
    why: "a person's memberships in all clinics, for that person or a service",
    blocks: [new RegExp(`^${OF_CLINICIANS} WHERE clinicians\\.user_id = \\?${NEWEST_FIRST}$`)],
  },
  {
    file: "src/features/clinicians/model/store.ts",
    why: "ListAllClinicians, open to services alone",
    blocks: [new RegExp(`^${OF_CLINICIANS}${CREATED}${NEWEST_FIRST}$`)],
  },
  {
    file: "src/features/clinicians/model/of-user-store.ts",
    why: "an address that changes, changes in every clinic of its member",
    blocks: [
      "SELECT own.clinic_id FROM clinicians AS own WHERE own.user_id = ?",
      "SELECT clinicians.clinic_id AS clinic_id, NULL AS patient_id FROM clinicians WHERE clinicians.user_id = ? AND clinicians.email IS NOT ?",
      "UPDATE clinicians SET … WHERE clinicians.user_id = ? AND clinicians.email IS NOT ?",
    ],
  },
  {
    file: "src/features/clinics/model/store.ts",
    why: "ListClinics, open to services alone",
    blocks: [
      /^SELECT clinics\.id AS id FROM clinics WHERE true( AND clinics\.created_at >= \?)?( AND clinics\.created_at < \?)?( AND json_extract\(clinics\.ehr_settings, '\$\.enabled'\) = \?)? ORDER BY clinics\.created_at, clinics\.id LIMIT \? OFFSET \?$/,
    ],
  },
  {
    file: "src/features/clinics/model/store.ts",
    why: "a share code leads to its one clinic, and must not be issued twice",
    blocks: [
      "SELECT clinic_share_codes.clinic_id FROM clinic_share_codes WHERE clinic_share_codes.code = ?",
      "SELECT clinics.id AS id FROM clinic_share_codes JOIN clinics ON clinics.id = clinic_share_codes.clinic_id WHERE clinic_share_codes.code = ?",
      "SELECT 1 FROM clinic_share_codes WHERE clinic_share_codes.code = ?",
    ],
  },
  {
    file: "src/features/invites/model/store.ts",
    why: "an invitation is reached by its secret key, or by the person or address it is for, whatever the clinic",
    blocks: [
      "SELECT 1 FROM clinician_invitations WHERE clinician_invitations.key = ?",
      "SELECT 1 FROM clinician_invitations WHERE clinician_invitations.key = ? AND clinician_invitations.clinic_id <> ? AND clinician_invitations.status = 'pending'",
      "SELECT 1 FROM clinician_invitations WHERE clinician_invitations.key = ? AND clinician_invitations.status = 'pending' AND clinician_invitations.email_key = ?",
      "SELECT clinician_invitations.clinic_id FROM clinician_invitations WHERE clinician_invitations.key = ? AND clinician_invitations.status = 'pending'",
      "SELECT … FROM clinician_invitations JOIN clinics ON clinics.id = clinician_invitations.clinic_id WHERE clinician_invitations.key = ? AND clinician_invitations.status = 'pending'",
      "SELECT … FROM clinician_invitations JOIN clinics ON clinics.id = clinician_invitations.clinic_id WHERE clinician_invitations.status = 'pending' AND (clinician_invitations.invited_user_id = ? OR clinician_invitations.email_key = ?) AND (clinician_invitations.expires_at IS NULL OR clinician_invitations.expires_at > ?) ORDER BY clinician_invitations.created_at DESC, clinician_invitations.key LIMIT ?",
      "UPDATE clinician_invitations SET invited_user_id = ? WHERE clinician_invitations.email_key = ? AND clinician_invitations.status = 'pending' AND clinician_invitations.invited_user_id IS NULL",
    ],
  },
  {
    file: "src/features/patient-invites/model/store.ts",
    why: "how many invitations a person has made within an hour, to whatever clinics: a number",
    blocks: [
      "SELECT count(*) FROM patient_invitations WHERE patient_invitations.creator_id = ? AND patient_invitations.created_at > ?",
    ],
  },
  {
    file: "src/features/invites/model/store.ts",
    why: "how many mails an address has been sent is asked across clinics",
    blocks: [/^SELECT 1 FROM clinician_invitations CROSS JOIN outbox WHERE clinician_invitations\.email_key = \? AND /],
  },
  {
    file: "src/features/patient-invites/model/store.ts",
    why: "the mail of an offer is about the offer's clinic, to which it may have been redirected; to an admin of that clinic",
    blocks: [
      /^SELECT clinicians\.email AS email, clinics\.name AS "?clinicName"? FROM patient_invitations JOIN clinicians ON clinicians\.clinic_id = patient_invitations\.clinic_id AND clinicians\.user_id = \? JOIN clinics ON clinics\.id = patient_invitations\.clinic_id WHERE patient_invitations\.key = \? AND patient_invitations\.status = 'pending' AND instr\(clinicians\.roles, '"CLINIC_ADMIN"'\) > 0$/,
    ],
  },
  {
    file: "src/features/users/model/links-store.ts",
    why: "the clinics a user is linked to: what is found there is then reached clinic by clinic",
    blocks: [
      "SELECT patients.clinic_id AS clinic_id FROM patients WHERE patients.user_id = ?",
      "UNION SELECT clinicians.clinic_id FROM clinicians WHERE clinicians.user_id = ?",
      "UNION SELECT clinician_invitations.clinic_id FROM clinician_invitations WHERE clinician_invitations.invited_user_id = ? AND clinician_invitations.status = 'pending'",
      "UNION SELECT patient_invitations.clinic_id FROM patient_invitations WHERE patient_invitations.creator_id = ? AND patient_invitations.status = 'pending'",
    ],
  },
  {
    file: "src/features/patients/model/read.ts",
    why: "ListClinicsForPatient: a user's own records, for that user or a service",
    blocks: [
      /^SELECT (…|patients\.clinic_id AS clinic_id) FROM patients JOIN clinics ON clinics\.id = patients\.clinic_id WHERE patients\.user_id = \? ORDER BY patients\.name_key, patients\.key LIMIT \? OFFSET \?$/,
    ],
  },
  {
    file: "src/features/fhir/fhir-read.ts",
    why: "FhirPatients without a clinic: a person's own records, and the clinics they are a clinician of; patients are then reached clinic by clinic",
    blocks: [
      /^SELECT patients\.key AS key, patients\.clinic_id AS clinic_id FROM patients WHERE patients\.user_id = \? AND .+$/,
      "SELECT clinicians.clinic_id AS clinic_id FROM clinicians WHERE clinicians.user_id = ? ORDER BY clinicians.created_at LIMIT ?",
    ],
  },
  {
    file: "src/features/fhir/fhir-read.ts",
    why: "a report is reached by its id alone; the same batch reads what the caller is to its clinic and patient",
    blocks: [
      /^SELECT … FROM reports JOIN patients ON patients\.key = reports\.patient_key( JOIN clinics ON clinics\.id = patients\.clinic_id)? WHERE reports\.id = \? AND reports\.state = 'ready'$/,
    ],
  },
  {
    file: "src/features/patients/find/find-store.ts",
    why: "FindPatients: the clinics of a clinician, for that clinician; patients are then reached clinic by clinic",
    blocks: [
      "SELECT clinicians.clinic_id AS clinic_id FROM clinicians WHERE clinicians.user_id = ? ORDER BY clinicians.created_at LIMIT ?",
    ],
  },
  {
    file: "src/features/clinics/model/patient-counts-store.ts",
    why: "data sources are the user's, in every clinic of the patient; each clinic's numbers take its own record's",
    blocks: [
      "SELECT clinic_id, counts_to_plan FROM patients WHERE patients.user_id = ?",
      "SELECT … FROM patients, json_each(patients.data_sources) AS source WHERE patients.user_id = ? AND patients.is_demo = 0 GROUP BY 1, 2, 3 ON CONFLICT (clinic_id, provider, state) DO UPDATE SET n = clinic_provider_counts.n + excluded.n",
    ],
  },
  {
    file: "src/features/patients/model/store.ts",
    why: "data sources are the user's, in every clinic of the patient",
    blocks: [
      "UPDATE patients SET … WHERE patients.user_id = ?",
      "SELECT patients.clinic_id AS clinic_id, patients.user_id AS patient_id FROM patients WHERE patients.user_id = ?",
    ],
  },
  {
    file: "src/features/patients/model/store.ts",
    why: "an address that changes, changes in every clinic of the patient",
    blocks: [
      "SELECT patients.clinic_id AS clinic_id, patients.user_id AS patient_id FROM patients WHERE patients.user_id = ? AND patients.email IS NOT ?",
      "UPDATE patients SET … WHERE patients.user_id = ? AND patients.email IS NOT ?",
    ],
  },
  {
    file: "src/features/patients/connections/connections-store.ts",
    why: "what every clinic has asked of a patient whose address changes is mailed to the new one, each in its clinic's name",
    blocks: [
      /^SELECT (\? \|\| asked\.key|…) FROM patients, json_each\(patients\.connection_requests\) AS asked WHERE \(patients\.user_id = \? AND patients\.email IS NOT \?\) AND json_array_length\(asked\.value\) > 0$/,
    ],
  },
  {
    file: "src/features/patients/model/read.ts",
    why: "a new record starts with what the user's record in another clinic knows; the clinic learns nothing else of it",
    blocks: [
      new RegExp(`^${ELSEWHERE}$`),
      new RegExp(
        `^SELECT (…|\\*|patients\\.key \\|\\| ' ' \\|\\| patients\\.version) FROM patients WHERE patients\\.key = \\(${ELSEWHERE}\\)$`,
      ),
    ],
  },
  {
    file: "src/features/patients/summary/summary-store.ts",
    why: "a summary is the user's: services change it on the user's records in all clinics",
    blocks: [
      /^SELECT patients\.clinic_id AS clinic_id, patients\.user_id AS patient_id FROM patients WHERE (patients\.user_id = \?|\(patients\.cgm_summary_id = \? OR patients\.bgm_summary_id = \?\))$/,
      /^SELECT patients\.key FROM patients WHERE patients\.(user_id|cgm_summary_id|bgm_summary_id) = \?$/,
      "SELECT … FROM e CROSS JOIN patients WHERE patients.user_id = ?",
      /^UPDATE patients SET (…|updated_at = \?, version = version \+ 1) WHERE patients\.(user_id|cgm_summary_id|bgm_summary_id) = \?$/,
    ],
  },
  {
    file: "src/features/legacy-migrations/model/store.ts",
    why: "an account is migrated once, into whatever clinic",
    blocks: [
      "SELECT 1 FROM migrations WHERE migrations.user_id = ?",
      "UPDATE migrations SET status = ?, updated_at = ? WHERE migrations.user_id = ? AND migrations.status = ?",
      "SELECT clinics.id FROM clinics JOIN clinicians ON clinicians.clinic_id = clinics.id WHERE clinicians.user_id = ? AND instr(clinicians.roles, '\"CLINIC_ADMIN\"') > 0 AND clinics.is_migrated = 0",
    ],
  },
  {
    file: "src/features/accounts/custody-store.ts",
    why: "an account that a service changes or closes is one person's, whichever clinics keep it",
    blocks: [
      "SELECT 1 FROM patients WHERE patients.user_id = ?",
      /^SELECT 1 FROM deleted_patients WHERE deleted_patients\.user_id = \? AND /,
      /^SELECT (…|patients\.user_id) FROM patients WHERE \(patients\.user_id = \?\) AND \(coalesce\(patients\.permissions, 0\) & 1\) <> 0/,
    ],
  },
  {
    file: "src/features/clinics/model/merge-store.ts",
    why: "the codes of a merged clinic, which the merge has kept",
    blocks: [
      "UPDATE clinic_share_codes SET clinic_id = ? WHERE clinic_share_codes.code IN (SELECT code.value FROM merges, json_each(merges.share_codes) AS code WHERE merges.id = ?)",
      "SELECT clinic_share_codes.code AS id FROM clinic_share_codes WHERE clinic_share_codes.code IN (SELECT code.value FROM merges, json_each(merges.share_codes) AS code WHERE merges.id = ?) AND clinic_share_codes.clinic_id IS NOT ?",
    ],
  },
  {
    file: "src/features/merges/steps/store.ts",
    why: "the records of one page of a merge: of the source, and of the target by an outer join",
    blocks: [
      "SELECT … FROM patients LEFT JOIN patients AS counterpart ON counterpart.clinic_id = ? AND counterpart.user_id = patients.user_id WHERE patients.clinic_id = ? AND patients.key > ? AND patients.key <= ? AND patients.is_demo = 0",
    ],
  },
  {
    file: "src/features/patients/model/merge-store.ts",
    why: "which merges brought a person's records, wherever these are or were: InternalApi alone asks",
    blocks: [
      "SELECT patients.key FROM patients WHERE patients.user_id = ?",
      "UNION ALL SELECT deleted_patients.key FROM deleted_patients WHERE deleted_patients.user_id = ?",
    ],
  },
  {
    file: "src/features/accounts/account-store.ts",
    why: "an account is closed when no clinic has, and none had data of, its patient",
    blocks: [
      "SELECT 1 FROM patients WHERE patients.user_id = ?",
      "SELECT 1 FROM patients AS other WHERE other.user_id = patients.user_id AND other.key <> patients.key",
      /^SELECT 1 FROM deleted_patients WHERE deleted_patients\.user_id = (\?|patients\.user_id) AND \(deleted_patients\.cgm_summary_id IS NOT NULL OR /,
    ],
  },
  {
    file: "src/features/accounts/account-store.ts",
    why: "… and no clinic may need it to undo a merge of its patient: a time",
    blocks: [
      "SELECT 1 FROM patient_merges WHERE patient_merges.source_user_id = patients.user_id AND patient_merges.undone_at IS NULL AND patient_merges.merged_at > ?",
      "SELECT max(patient_merges.merged_at) + ? FROM patient_merges WHERE patient_merges.source_user_id = ? AND patient_merges.undone_at IS NULL AND patient_merges.merged_at > ?",
    ],
  },
  {
    file: "src/features/accounts/claims-store.ts",
    why: "an account that clinics keep is offered to its patient by one of them, whichever wrote last",
    blocks: [
      "SELECT patients.user_id FROM patients WHERE (patients.user_id = ?) AND (coalesce(patients.permissions, 0) & 1) <> 0 AND patients.email IS NULL",
      /^SELECT … FROM patients WHERE \(patients\.user_id = \?\) AND \(coalesce\(patients\.permissions, 0\) & 1\) <> 0 AND patients\.email IS NOT NULL ORDER BY patients\.updated_at DESC, patients\.key LIMIT 1 /,
    ],
  },
  {
    file: "src/features/accounts/claims-store.ts",
    why: "an offer is reached by its secret key",
    blocks: [
      /^SELECT … FROM account_claims JOIN clinics .* WHERE account_claims\.key = \? AND account_claims\.expires_at > \? AND /,
    ],
  },
  {
    file: "src/features/accounts/custody-store.ts",
    why: "what an account's profile says comes from whichever clinic that keeps it wrote last",
    blocks: [
      "SELECT … FROM patients WHERE (patients.user_id = ?) AND (coalesce(patients.permissions, 0) & 1) <> 0 ORDER BY patients.updated_at DESC, patients.key LIMIT 1",
    ],
  },
  {
    file: "src/features/ehr/model/jobs-store.ts",
    why: "the EHRs of all clinics that ordered the numbers of a person get them after an upload; each from its own record",
    blocks: [
      /^SELECT … FROM patients JOIN clinics ON clinics\.id = patients\.clinic_id WHERE patients\.user_id = \? AND patients\.ehr_subscriptions IS NOT NULL AND .* AND json_extract\(clinics\.ehr_settings, '\$\.scheduledReports\.onUploadEnabled'\) = 1 ON CONFLICT DO NOTHING$/,
      "SELECT … FROM patients CROSS JOIN ehr_jobs INDEXED BY ehr_job_queued_once ON ehr_jobs.patient_key = patients.key AND ehr_jobs.state = 'queued' WHERE patients.user_id = ?",
    ],
  },
  {
    file: "src/features/ehr/sync/listed-jobs-store.ts",
    why: "what the EHRs of all clinics got about a person, for operators alone",
    blocks: [
      "SELECT … FROM patients CROSS JOIN ehr_jobs ON ehr_jobs.patient_key = patients.key WHERE patients.user_id = ? ORDER BY ehr_jobs.seq DESC LIMIT ?",
    ],
  },
  {
    file: "src/features/clinics/model/settings-store.ts",
    why: "whether another clinic has the same EHR, which is warned of in the log; nothing of the row is given",
    blocks: [/^SELECT 1 FROM clinics INDEXED BY clinics_by_ehr_source WHERE .* AND clinics\.id <> \? LIMIT 1$/],
  },
  {
    file: "src/features/ehr/match/match-store.ts",
    why: "the source of a message, or the health system of a request, leads to its clinic; two at most, as two are refused",
    blocks: [
      /^SELECT clinics\.id AS id FROM clinics INDEXED BY clinics_by_ehr_source WHERE .* = \(SELECT ehr_messages\.source_id FROM ehr_messages WHERE ehr_messages\.id = \?\) LIMIT 2$/,
      /^SELECT clinics\.id AS id FROM clinics INDEXED BY clinics_by_ehr_source WHERE .* = 'xealth' .*'\$\.sourceId'\) = \? LIMIT 2$/,
    ],
  },
  {
    file: "src/features/ehr/orders/orders-store.ts",
    why: "whether a message that expires is still answered by the record it was matched to; nothing of the row is given",
    blocks: [
      /^SELECT 1 FROM patients JOIN json_each\(patients\.ehr_subscriptions\) AS subscription WHERE patients\.key = ehr_messages\.patient_key AND /,
    ],
  },
  {
    file: "src/features/ehr/xealth/preorders-store.ts",
    why: "what was entered and never used is swept by its age, whichever clinic's",
    blocks: [
      /^SELECT xealth_preorders\.clinic_id, xealth_preorders\.data_tracking_id FROM xealth_preorders WHERE xealth_preorders\.expires_at <= \? /,
    ],
  },
  {
    file: "src/features/ehr/sync/deliver-store.ts",
    why: "a job belongs to one record, which may have moved to another clinic since: that clinic's settings decide",
    blocks: [
      "SELECT patients.key AS key, patients.clinic_id AS clinic_id FROM ehr_jobs JOIN patients ON patients.key = ehr_jobs.patient_key WHERE ehr_jobs.id = ?",
      /^SELECT [?, ]+patients\.key, [?, ]+ FROM patients WHERE patients\.key = \(SELECT ehr_jobs\.patient_key FROM ehr_jobs WHERE ehr_jobs\.id = \?\) ON CONFLICT /,
      "SELECT … FROM ehr_jobs LEFT JOIN patients ON patients.key = ehr_jobs.patient_key LEFT JOIN clinics ON clinics.id = patients.clinic_id LEFT JOIN ehr_messages ON ehr_messages.id = ehr_jobs.message_id WHERE ehr_jobs.id = ?",
    ],
  },
  {
    file: "src/features/ehr/sync/sync-store.ts",
    why: "a run is of one clinic, which stands in its row",
    blocks: [
      /^SELECT 1 FROM clinics WHERE clinics\.id = ehr_runs\.clinic_id AND /,
      "SELECT patients.key AS key FROM patients INDEXED BY patients_subscribed WHERE patients.clinic_id = ehr_runs.clinic_id AND patients.ehr_subscriptions IS NOT NULL AND patients.key > ehr_runs.cursor ORDER BY patients.key LIMIT ?",
    ],
  },
  {
    file: "src/features/ehr/model/schedule-store.ts",
    why: "a schedule is of one clinic, which stands in its row",
    blocks: [/^SELECT (1|…) FROM clinics WHERE clinics\.id = ehr_schedules\.clinic_id AND /],
  },
  {
    file: "src/features/device-data/access/permissions-read.ts",
    why: "data belong to a person: the caller may do what any of the clinics they work in was granted by that person",
    blocks: [
      /^SELECT json_group_array\(patients\.permissions\) FROM patients JOIN clinicians ON clinicians\.clinic_id = patients\.clinic_id AND clinicians\.user_id = \? WHERE patients\.user_id = (\?|data_sets\.user_id)$/,
    ],
  },
  {
    file: "src/features/patients/summary/summary-store.ts",
    why: "all records of a person show the same summary, and lose it together",
    blocks: [/^UPDATE patients SET … WHERE patients\.user_id = \? AND patients\.(cgm|bgm)_summary_id IS NOT NULL$/],
  },
  {
    file: "src/entry/health.ts",
    why: "whether the database answers; nothing of the row is looked at",
    blocks: ["SELECT 1 FROM clinics, outbox LIMIT 1"],
  },
];

/** The exception that lets a block pass. */
export const exceptionFor = ({ block }: Unbound): Exception | undefined =>
  EXCEPTIONS.find(({ blocks }) => blocks.some((it) => (typeof it === "string" ? it === block : it.test(block))));
