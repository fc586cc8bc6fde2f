import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowOf, together } from "../../../platform/db/read.ts";
import { wakeEntry } from "../../../platform/outbox/store.ts";
import { patientsAmong } from "../../patients/model/read.ts";
import { clinics } from "../../tables/clinics.ts";
import { discardReport } from "../../reports/model/reports-store.ts";
import { ehrJobs, ehrMessages } from "../../tables/ehr.ts";
import { patients } from "../../tables/patients.ts";
import { ehrSetting, isConnectedByRedox, isSubscribed, jobEntryKey } from "../model/jobs-store.ts";
import { pausedUntil } from "../model/pauses-store.ts";

export type JobRow = typeof ehrJobs.$inferSelect;

export interface ClinicOfJob {
  readonly id: string;
  readonly name: string;
  readonly timezone: string | null;
  readonly preferredBgUnits: string | null;
  readonly ehrSettings: string | null;
}

/** The order that a job answers. */
export interface OrderOfJob {
  readonly id: string;
  readonly isTest: number;
  readonly eventAt: number | null;
  readonly message: string;
}

/** What was delivered to the same order before. */
export interface Delivered {
  /** The newest upload that is in a delivered message. */
  readonly coveredUntil: number | null;
  /** When the last delivered sync was asked for, its id, and when its note was delivered. */
  readonly syncCreatedAt: number | null;
  readonly syncId: string | null;
  readonly syncNoteAt: number | null;
}

const job = (jobId: string): SQL => sql`FROM ${ehrJobs} WHERE ${ehrJobs.id} = ${jobId}`;
const record = (jobId: string): SQL =>
  sql`SELECT ${patients.key} AS key, ${patients.clinicId} AS clinic_id FROM ${ehrJobs}
      JOIN ${patients} ON ${patients.key} = ${ehrJobs.patientKey} WHERE ${ehrJobs.id} = ${jobId}`;

/** The record of a job, as a condition on patients: it may be in another clinic than when the job was made. */
export const recordOfJob = (jobId: string): SQL => sql`${patients.key} = (SELECT ${ehrJobs.patientKey} ${job(jobId)})`;

const isEarlierOpen = (patientKey: SQL, seq: SQL): SQL =>
  sql`earlier.patient_key = ${patientKey} AND earlier.seq < ${seq} AND earlier.state IN ('queued', 'sending')`;

/**
 * Takes a job whose turn it is, and everything that decides what is sent, in one round trip. What is uploaded from then on
 * is for a job of its own.
 */
export const takeJob = (jobId: string, now: number) =>
  together({
    taken: rowOf(
      sql`UPDATE ${ehrJobs} SET state = 'sending', reason = NULL, finished_at = NULL
          WHERE ${ehrJobs.id} = ${jobId} AND ${ehrJobs.state} IN ('queued', 'failed') AND NOT EXISTS (SELECT 1
            FROM ${ehrJobs} AS earlier WHERE ${isEarlierOpen(sql`${ehrJobs.patientKey}`, sql`${ehrJobs.seq}`)})
          RETURNING id`,
    ),
    job: rowOf<JobRow>(
      sql`SELECT seq, id, patient_key AS "patientKey", message_id AS "messageId", cause, state, reason, snapshot,
            covered_until AS "coveredUntil", flowsheet_sent_at AS "flowsheetSentAt", note_sent_at AS "noteSentAt",
            created_at AS "createdAt", finished_at AS "finishedAt" ${job(jobId)}`,
    ),
    patient: mapped(patientsAmong(record(jobId)), ([patient]) => patient),
    clinic: rowOf<ClinicOfJob>(
      sql`SELECT ${clinics.id} AS id, ${clinics.name} AS name, ${clinics.timezone} AS timezone,
            ${clinics.preferredBgUnits} AS "preferredBgUnits", ${clinics.ehrSettings} AS "ehrSettings"
          FROM ${clinics} WHERE ${clinics.id} = (SELECT clinic_id FROM (${record(jobId)}))`,
    ),
    order: rowOf<OrderOfJob>(
      sql`SELECT ${ehrMessages.id} AS id, ${ehrMessages.isTest} AS "isTest", ${ehrMessages.eventAt} AS "eventAt",
            ${ehrMessages.message} AS message
          FROM ${ehrMessages} WHERE ${ehrMessages.id} = (SELECT ${ehrJobs.messageId} ${job(jobId)})`,
    ),
    standing: standingOf(jobId, now),
    delivered: rowOf<Delivered>(
      sql`WITH own AS (SELECT patient_key, message_id, seq ${job(jobId)}),
            past AS (SELECT seq, id, cause, created_at, covered_until, note_sent_at FROM ${ehrJobs}
              WHERE ${ehrJobs.patientKey} = (SELECT patient_key FROM own) AND ${ehrJobs.seq} < (SELECT seq FROM own)
                AND ${ehrJobs.messageId} = (SELECT message_id FROM own) AND ${ehrJobs.state} = 'sent'),
            sync AS (SELECT * FROM past WHERE cause <> 'order' ORDER BY seq DESC LIMIT 1)
          SELECT (SELECT max(covered_until) FROM past) AS "coveredUntil", (SELECT created_at FROM sync) AS "syncCreatedAt",
            (SELECT id FROM sync) AS "syncId", (SELECT note_sent_at FROM sync) AS "syncNoteAt"`,
    ),
  });

/** Why a job may have to wait or be dropped, as it is now. */
export interface Standing {
  /** Whether the patient is still there, connected, and subscribed: the order may be another record's since merged ones were parted. */
  readonly hasPatient: number;
  readonly isConnected: number;
  readonly isSubscribed: number;
  /** The order came from the EHR that the clinic is connected to now: the record may have changed clinics since. */
  readonly isOfThisEhr: number;
  /** A later job has sent the same order something newer. */
  readonly isSuperseded: number;
  /** An earlier job of the same patient has not ended. */
  readonly hasEarlier: number;
  /** The EHR asked to wait until then. */
  readonly pausedUntil: number | null;
}

/** The jobs of the same patient that go before this one and have not ended. */
export const earlierJobs = (jobId: string): SQL =>
  sql`SELECT 1 FROM ${ehrJobs} AS own JOIN ${ehrJobs} AS earlier
        ON ${isEarlierOpen(sql`own.patient_key`, sql`own.seq`)} WHERE own.id = ${jobId}`;

/** What is checked right before each message. */
export const standingOf = (jobId: string, now: number): Read<Standing | undefined> =>
  rowOf<Standing>(
    sql`SELECT ${patients.key} IS NOT NULL AS "hasPatient", coalesce(${isConnectedByRedox}, 0) AS "isConnected",
          coalesce(${isSubscribed}, 0) AND coalesce(${ehrMessages.patientKey} = ${ehrJobs.patientKey}, 1) AS "isSubscribed",
          coalesce(${ehrMessages.sourceId} = ${ehrSetting("sourceId")}, 1) AS "isOfThisEhr",
          EXISTS (SELECT 1 FROM ${ehrJobs} AS later WHERE later.patient_key = ${ehrJobs.patientKey}
                  AND later.message_id = ${ehrJobs.messageId} AND later.seq > ${ehrJobs.seq} AND later.state = 'sent') AS "isSuperseded",
          EXISTS (SELECT 1 FROM ${ehrJobs} AS earlier
                  WHERE ${isEarlierOpen(sql`${ehrJobs.patientKey}`, sql`${ehrJobs.seq}`)}) AS "hasEarlier",
          (${pausedUntil(sql`${ehrSetting("destinationIds.flowsheet")}, ${ehrSetting("destinationIds.notes")}`, now)}) AS "pausedUntil"
        FROM ${ehrJobs} LEFT JOIN ${patients} ON ${patients.key} = ${ehrJobs.patientKey}
          LEFT JOIN ${clinics} ON ${clinics.id} = ${patients.clinicId}
          LEFT JOIN ${ehrMessages} ON ${ehrMessages.id} = ${ehrJobs.messageId}
        WHERE ${ehrJobs.id} = ${jobId}`,
  );

const isOpen = sql`${ehrJobs.state} IN ('queued', 'sending', 'failed')`;

/** Keeps what is going to be sent, so that every attempt sends the same. */
export const keepSnapshot = (jobId: string, snapshot: string, coveredUntil: number | null): SQL =>
  sql`UPDATE ${ehrJobs} SET state = 'sending', snapshot = ${snapshot}, covered_until = ${coveredUntil}
      WHERE ${ehrJobs.id} = ${jobId} AND ${isOpen}`;

/** Records a delivered message. */
export const recordFlowsheet = (jobId: string, now: number): SQL =>
  sql`UPDATE ${ehrJobs} SET flowsheet_sent_at = coalesce(flowsheet_sent_at, ${now}) WHERE ${ehrJobs.id} = ${jobId}`;
/** Finds a job whose flowsheet is recorded as delivered. */
export const sentFlowsheet = (jobId: string): SQL =>
  sql`SELECT 1 ${job(jobId)} AND ${ehrJobs.flowsheetSentAt} IS NOT NULL`;
export const recordNote = (jobId: string, now: number): SQL =>
  sql`UPDATE ${ehrJobs} SET note_sent_at = coalesce(note_sent_at, ${now}) WHERE ${ehrJobs.id} = ${jobId}`;

/** Ends a job; its numbers are erased. */
export const endJob = (jobId: string, state: "sent" | "skipped", reason: string | null, now: number): SQL =>
  sql`UPDATE ${ehrJobs} SET state = ${state}, reason = ${reason}, snapshot = NULL, finished_at = ${now}
      WHERE ${ehrJobs.id} = ${jobId} AND ${isOpen}`;

/** Lets the report of a job be deleted, whether it is recorded or not, unless the EHR has got numbers of it. */
export const discardUnsentReport = (jobId: string, now: number): SQL =>
  discardReport(sql`SELECT ${ehrJobs.id} AS id ${job(jobId)} AND ${ehrJobs.flowsheetSentAt} IS NULL`, now);

/**
 * Fails a job until an operator requeues it. Numbers and a report of which the EHR has a part are kept for that; a report
 * that nobody was sent is deleted.
 */
export const failJob = (jobId: string, reason: string, now: number): readonly SQL[] => [
  discardUnsentReport(jobId, now),
  sql`UPDATE ${ehrJobs} SET state = 'failed', reason = ${reason}, finished_at = ${now},
        snapshot = CASE WHEN flowsheet_sent_at IS NULL THEN NULL ELSE snapshot END
      WHERE ${ehrJobs.id} = ${jobId} AND ${isOpen}`,
];

/** Makes the next job of the same patient due. */
export const wakeNextJob = (jobId: string, batch: string, now: number): SQL =>
  wakeEntry(
    sql`SELECT ${jobEntryKey(sql`next.id`)} FROM ${ehrJobs} AS own JOIN ${ehrJobs} AS next
          ON next.patient_key = own.patient_key AND next.seq > own.seq AND next.state IN ('queued', 'sending')
        WHERE own.id = ${jobId} ORDER BY next.seq LIMIT 1`,
    batch,
    now,
  );
