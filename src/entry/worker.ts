import { prepareClaimMail } from "../features/accounts/claim-mail.ts";
import { closeAccount } from "../features/accounts/close-account.ts";
import { copyToProfile } from "../features/accounts/copy-to-profile.ts";
import { sweepTokens } from "../features/accounts/tokens-store.ts";
import { createApp } from "./app.ts";
import { log } from "../platform/core/log.ts";
import type { Bindings } from "../platform/core/settings.ts";
import { Db } from "../platform/db/client.ts";
import { runMigration } from "../features/legacy-migrations/run-migration.ts";
import { prepareMergeMail } from "../features/merges/merge-mail.ts";
import { sweepMergeRecords } from "../features/merges/steps/store.ts";
import { resumeMerges, stuckMerges } from "../features/merges/coordinator/resume.ts";
import { prepareConnectionMail } from "../features/patients/connections/connection-mail.ts";
import { prepareUploadReminder } from "../features/patients/connections/upload-reminder-mail.ts";
import { consume } from "./queues.ts";
import { type Duties, type Jobs, sweepOutbox } from "../platform/outbox/worker.ts";
import { sweepReplays } from "../platform/request/replays-store.ts";

export { InternalApi } from "./internal-api.ts";
export { ClinicMerge } from "../features/merges/coordinator/coordinator.ts";

const app = createApp();

/** The work that goes on after the answer. */
const jobs: Jobs = {
  run_migration: ({ settings, ...work }, { clinicId, recipientUserId }) =>
    runMigration(
      { ...work, demoPatientUserId: settings.demoPatientUserId },
      { clinicId: clinicId ?? "", userId: recipientUserId ?? "" },
    ),
  copy_to_profile: copyToProfile,
  close_account: closeAccount,
};

const duties: Duties = {
  jobs,
  prepared: {
    account_claim: prepareClaimMail("account_claim"),
    account_claim_reminder: prepareClaimMail("account_claim_reminder"),
    clinic_merged_patient_notification: prepareMergeMail("clinic_merged_patient_notification"),
    clinic_merged_source_clinician_notification: prepareMergeMail("clinic_merged_source_clinician_notification"),
    clinic_merged_target_admin_notification: prepareMergeMail("clinic_merged_target_admin_notification"),
    patient_upload_reminder: prepareUploadReminder,
    connection_request: prepareConnectionMail,
    connection_request_reminder: prepareConnectionMail,
  },
};

export default {
  fetch: (request, bindings, ctx) => app.fetch(request, bindings, ctx),
  queue: (batch, bindings) => consume(batch, bindings, duties),
  async scheduled({ cron, scheduledTime }, bindings) {
    const db = new Db(bindings.DB);
    const stuck = stuckMerges(scheduledTime);
    const sweeps = [sweepReplays(scheduledTime), sweepTokens(scheduledTime), ...sweepMergeRecords(scheduledTime)];
    const results = await db.batch([...stuck.statements, ...sweeps]);
    await resumeMerges(bindings, await stuck.take(results));
    const messages = await sweepOutbox(bindings, db, duties, scheduledTime);
    log("info", "scheduled", { cron, messages, d1RowsWritten: db.usage.rowsWritten });
  },
} satisfies ExportedHandler<Bindings>;
