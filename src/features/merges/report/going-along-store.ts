import { sql } from "drizzle-orm";
import { type Read, rowOf } from "../../../platform/db/read.ts";
import { countWaitingJobs } from "../../ehr/model/merge-store.ts";
import { sharesEhr } from "../../patients/model/merge-store.ts";
import { patients } from "../../tables/patients.ts";

/** What goes along with the patients of a merge's source. */
export interface GoingAlong {
  /** 1 where one EHR is connected to both clinics, or none is to either. */
  readonly sharesEhr: number;
  /** Active subscriptions of the source's patients. */
  readonly subscriptions: number;
  readonly waitingJobs: number;
}

/** Subscriptions and waiting jobs of the source's patients, in one row; patients without a subscription are not read. */
export const findGoingAlong = (sourceId: string, targetId: string): Read<GoingAlong | undefined> => {
  const subscribed = sql`${patients} INDEXED BY patients_subscribed
    WHERE ${patients.clinicId} = ${sourceId} AND ${patients.ehrSubscriptions} IS NOT NULL`;
  return rowOf(
    sql`SELECT coalesce(${sharesEhr(sourceId, targetId)}, 0) AS "sharesEhr",
          (SELECT coalesce(sum((SELECT count(*) FROM json_each(${patients.ehrSubscriptions}) AS one
             WHERE one.value ->> '$.active' = 1)), 0) FROM ${subscribed}) AS subscriptions,
          (${countWaitingJobs(sql`SELECT ${patients.key} FROM ${subscribed}`)}) AS "waitingJobs"`,
  );
};
