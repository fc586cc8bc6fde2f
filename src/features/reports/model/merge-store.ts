import { type SQL, sql } from "drizzle-orm";
import { reports } from "../../tables/ehr.ts";

/** What merges do to reports. `pairs` are records that become one: source_key, of which target_key stays. */

/** The reports of records that become one with another, with whose they are. */
export const reportsOfPairs = (pairs: SQL): SQL =>
  sql`SELECT ${reports.id} AS id, ${reports.patientKey} AS from_key FROM (${pairs}) AS pair
      CROSS JOIN ${reports} ON ${reports.patientKey} = pair.source_key`;

/** Gives the reports to the records that stay. */
export const giveReports = (pairs: SQL): SQL =>
  sql`UPDATE ${reports} SET patient_key = pair.target_key FROM (${pairs}) AS pair
      WHERE ${reports.patientKey} = pair.source_key`;

/** Gives reports back to the records a query names for them: id, from_key, and target_key, whose they have to be. */
export const returnReports = (given: SQL): SQL =>
  sql`UPDATE ${reports} SET patient_key = back.from_key FROM (${given}) AS back
      WHERE ${reports.id} = back.id AND ${reports.patientKey} = back.target_key`;
