import { type SQL, sql } from "drizzle-orm";
import { forgetEntries, insertOutboxEntries, type OutboxWriter } from "../../../platform/outbox/store.ts";
import { clinics } from "../../tables/clinics.ts";
import { ehrJobs, ehrMessages, ehrRuns } from "../../tables/ehr.ts";
import { patients } from "../../tables/patients.ts";
import { EHR_JOB, EHR_RUN } from "./kinds.ts";

/** What may cause a job: a sync of the clinic, one of the patient, an order. */
export type Cause = "clinic" | "patient" | "order";

/** A setting of the clinic's connection, by its JSON path. */
export const ehrSetting = (path: string): SQL => sql`json_extract(${clinics.ehrSettings}, ${sql.raw(`'$.${path}'`)})`;

/** Picks the clinics that a service connects with their EHR. */
export const isConnectedBy = (provider: "redox" | "xealth"): SQL =>
  sql`${ehrSetting("provider")} = ${sql.raw(`'${provider}'`)} AND ${ehrSetting("enabled")} = 1`;
export const isConnectedByRedox = isConnectedBy("redox");

/** A part of the subscription to summaries and reports. */
const subscription = (path: string): SQL =>
  sql`json_extract(${patients.ehrSubscriptions}, ${sql.raw(`'$.summaryAndReports.${path}'`)})`;

/** Picks the patients whose numbers and reports an EHR has ordered. */
export const isSubscribed = sql`${patients.ehrSubscriptions} IS NOT NULL AND ${subscription("active")} = 1
  AND ${subscription("provider")} = 'redox'`;

/** The message that a sync answers: the last one matched. */
export const lastMatchedMessage = subscription("matchedMessages[#-1].id");

/** The key in the outbox of a job's entry. */
export const jobEntryKey = (jobId: SQL): SQL => sql`'ehr-job:' || ${jobId}`;

/** An id that grows with time, as all ids of ours. */
const newIds = (now: number): SQL =>
  sql`${Math.floor(now / 1000)
    .toString(16)
    .padStart(8, "0")} || lower(hex(randomblob(8)))`;

const columns = sql.raw("(id, patient_key, message_id, cause, state, created_at, expires_at)");
/** Rule of the specification. */
const JOB_KEPT_MS = 90 * 86_400_000;

/** Puts the queued jobs of these records in the outbox, those that are not there yet. */
const enqueueJobs = (ctx: OutboxWriter, records: SQL): SQL =>
  insertOutboxEntries(
    ctx,
    EHR_JOB,
    sql`SELECT ${jobEntryKey(sql`${ehrJobs.id}`)} AS unique_key, ${patients.clinicId} AS clinic_id,
          ${patients.userId} AS recipient_user_id, NULL AS recipient_email, json_object('jobId', ${ehrJobs.id}) AS variables
        FROM ${patients} CROSS JOIN ${ehrJobs} INDEXED BY ehr_job_queued_once
          ON ${ehrJobs.patientKey} = ${patients.key} AND ${ehrJobs.state} = 'queued'
        WHERE ${records}`,
  );

/**
 * Makes a job for each of a user's records whose clinic wants reports after uploads and whose EHR has ordered them. A job
 * that is still queued absorbs the new one.
 */
export const insertJobsOfUser = (ctx: OutboxWriter, userId: string): readonly SQL[] => [
  sql`INSERT INTO ${ehrJobs} ${columns}
      SELECT ${newIds(ctx.now)}, ${patients.key}, ${lastMatchedMessage}, ${"patient" satisfies Cause}, 'queued', ${ctx.now}, ${ctx.now + JOB_KEPT_MS}
      FROM ${patients} JOIN ${clinics} ON ${clinics.id} = ${patients.clinicId}
      WHERE ${patients.userId} = ${userId} AND ${isSubscribed} AND ${lastMatchedMessage} IS NOT NULL
        AND ${isConnectedByRedox} AND ${ehrSetting("scheduledReports.onUploadEnabled")} = 1
      ON CONFLICT DO NOTHING`,
  enqueueJobs(ctx, sql`${patients.userId} = ${userId}`),
];

/** The same for the subscribed patients of a clinic with keys in a range, whenever their last upload was. */
export function insertJobsOfPage(
  ctx: OutboxWriter,
  clinicId: string,
  { after, until }: { readonly after: number; readonly until: number },
  createdAt: number,
): readonly SQL[] {
  const page = sql`${patients.clinicId} = ${clinicId} AND ${patients.key} > ${after} AND ${patients.key} <= ${until}
    AND ${isSubscribed}`;
  return [
    sql`INSERT INTO ${ehrJobs} ${columns}
        SELECT ${newIds(ctx.now)}, ${patients.key}, ${lastMatchedMessage}, ${"clinic" satisfies Cause}, 'queued', ${createdAt}, ${createdAt + JOB_KEPT_MS}
        FROM ${patients} INDEXED BY patients_subscribed WHERE ${page} AND ${lastMatchedMessage} IS NOT NULL
        ON CONFLICT DO NOTHING`,
    enqueueJobs(ctx, page),
  ];
}

/** Makes the job that answers an order, with the order's id as its own: if the subscription is active because of it. */
export const insertJobOfOrder = (
  ctx: OutboxWriter,
  { clinicId, userId }: { readonly clinicId: string; readonly userId: string },
  messageId: string,
): readonly SQL[] => {
  const record = sql`${patients.clinicId} = ${clinicId} AND ${patients.userId} = ${userId}`;
  return [
    sql`INSERT INTO ${ehrJobs} ${columns}
        SELECT ${messageId}, ${patients.key}, ${messageId}, ${"order" satisfies Cause}, 'queued', ${ctx.now}, ${ctx.now + JOB_KEPT_MS}
        FROM ${patients} WHERE ${record} AND ${isSubscribed} AND ${lastMatchedMessage} = ${messageId}
        ON CONFLICT DO NOTHING`,
    enqueueJobs(ctx, record),
  ];
};

/**
 * Starts a sync of the subscribed patients of the clinics that a query selects, each as clinic_id. Where one is under
 * way, it starts over: the patients it is past have new jobs, the others one.
 */
export const startRuns = (ctx: OutboxWriter, clinicIds: SQL): readonly SQL[] => [
  sql`INSERT INTO ${ehrRuns} (id, clinic_id, cursor, created_at)
      SELECT ${newIds(ctx.now)}, due.clinic_id, 0, ${ctx.now} FROM (${clinicIds}) AS due WHERE true
      ON CONFLICT (clinic_id) WHERE finished_at IS NULL DO UPDATE SET cursor = 0, created_at = excluded.created_at`,
  insertOutboxEntries(
    ctx,
    EHR_RUN,
    sql`SELECT 'ehr-run:' || ${ehrRuns.id} AS unique_key, ${ehrRuns.clinicId} AS clinic_id, NULL AS recipient_user_id,
          NULL AS recipient_email, json_object('runId', ${ehrRuns.id}) AS variables
        FROM (${clinicIds}) AS due CROSS JOIN ${ehrRuns} INDEXED BY ehr_run_once_at_a_time
          ON ${ehrRuns.clinicId} = due.clinic_id AND ${ehrRuns.finishedAt} IS NULL`,
  ),
];

/**
 * Whether a job is still to be done, or is the last that was sent for an order which may be answered again: what it covered
 * is not sent a second time.
 */
const isNeeded = sql`(${ehrJobs.state} IN ('queued', 'sending') OR ${ehrJobs.state} = 'sent'
  AND EXISTS (SELECT 1 FROM ${ehrMessages} WHERE ${ehrMessages.id} = ${ehrJobs.messageId})
  AND NOT EXISTS (SELECT 1 FROM ${ehrJobs} AS later WHERE later.patient_key = ${ehrJobs.patientKey}
    AND later.message_id = ${ehrJobs.messageId} AND later.seq > ${ehrJobs.seq} AND later.state = 'sent'))`;

/** Deletes jobs whose time is over, with their entries in the outbox, and looks again later at those still needed. */
export const expireJobs = (now: number, lookAgainAt: number, limit: number): readonly SQL[] => {
  const due = sql`SELECT ${ehrJobs.id} FROM ${ehrJobs} WHERE ${ehrJobs.expiresAt} <= ${now}
    ORDER BY ${ehrJobs.expiresAt} LIMIT ${limit}`;
  const over = sql`${ehrJobs.id} IN (${due}) AND NOT ${isNeeded}`;
  return [
    sql`UPDATE ${ehrJobs} SET expires_at = ${lookAgainAt} WHERE ${ehrJobs.id} IN (${due}) AND ${isNeeded}`,
    forgetEntries(sql`SELECT ${jobEntryKey(sql`${ehrJobs.id}`)} FROM ${ehrJobs} WHERE ${over}`),
    sql`DELETE FROM ${ehrJobs} WHERE ${over}`,
  ];
};
