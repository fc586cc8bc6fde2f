import { type SQL, sql } from "drizzle-orm";
import { ehrJobs, ehrMessages } from "../../tables/ehr.ts";

/**
 * What merges do to jobs and messages of an EHR. They belong to a record, so those of a record that moves go with it.
 * `pairs` are records that become one: source_key, of which target_key stays.
 */

/** The jobs of records that become one with another, with whose they are. */
export const jobsOfPairs = (pairs: SQL): SQL =>
  sql`SELECT ${ehrJobs.id} AS id, ${ehrJobs.patientKey} AS from_key FROM (${pairs}) AS pair
      CROSS JOIN ${ehrJobs} ON ${ehrJobs.patientKey} = pair.source_key`;

/** Gives the jobs to the records that stay, but for one that is queued there already. */
export const giveJobs = (pairs: SQL): SQL =>
  sql`UPDATE OR IGNORE ${ehrJobs} SET patient_key = pair.target_key FROM (${pairs}) AS pair
      WHERE ${ehrJobs.patientKey} = pair.source_key`;

/** Gives jobs back to the records a query names for them: id, from_key, and target_key, whose they have to be. */
export const returnJobs = (given: SQL): SQL =>
  sql`UPDATE OR IGNORE ${ehrJobs} SET patient_key = back.from_key FROM (${given}) AS back
      WHERE ${ehrJobs.id} = back.id AND ${ehrJobs.patientKey} = back.target_key`;

/** The messages matched to records that become one with another, with whose they are. */
export const messagesOfPairs = (pairs: SQL): SQL =>
  sql`SELECT ${ehrMessages.id} AS id, ${ehrMessages.patientKey} AS from_key FROM (${pairs}) AS pair
      CROSS JOIN ${ehrMessages} INDEXED BY ehr_messages_of_a_patient ON ${ehrMessages.patientKey} = pair.source_key`;

/** Gives the messages to the records that stay. */
export const giveMessages = (pairs: SQL): SQL =>
  sql`UPDATE ${ehrMessages} SET patient_key = pair.target_key FROM (${pairs}) AS pair
      WHERE ${ehrMessages.patientKey} = pair.source_key`;

/** Gives messages back to the records a query names for them. */
export const returnMessages = (given: SQL): SQL =>
  sql`UPDATE ${ehrMessages} SET patient_key = back.from_key FROM (${given}) AS back
      WHERE ${ehrMessages.id} = back.id AND ${ehrMessages.patientKey} = back.target_key`;

/** How many jobs of these records wait. */
export const countWaitingJobs = (records: SQL): SQL =>
  sql`SELECT count(*) FROM ${ehrJobs} WHERE ${ehrJobs.state} IN ('queued', 'sending') AND ${ehrJobs.patientKey} IN (${records})`;

/**
 * Ends what an EHR was to get about a record, also what failed and could be requeued. Where the record gets another MRN it would
 * come into the chart of the one before, even if reports are ordered again.
 */
export const skipEhrJobs = (patientKey: number, reason: "merged" | "not_subscribed", now: number): SQL =>
  sql`UPDATE ${ehrJobs} SET state = 'skipped', reason = ${reason}, snapshot = NULL, finished_at = ${now}
      WHERE ${ehrJobs.patientKey} = ${patientKey} AND ${ehrJobs.state} IN ('queued', 'sending', 'failed')`;

/** Makes messages of an EHR lead from one record to another: they are kept as long as a subscription answers them. */
export const moveMessages = (ids: readonly string[], from: number, to: number): readonly SQL[] =>
  ids.length === 0
    ? []
    : [
        sql`UPDATE ${ehrMessages} SET patient_key = ${to} WHERE ${ehrMessages.patientKey} = ${from}
            AND ${ehrMessages.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
      ];
