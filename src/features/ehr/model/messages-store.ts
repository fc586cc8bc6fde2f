import { type SQL, sql } from "drizzle-orm";
import { ehrMessages } from "../../tables/ehr.ts";

/** Records whom a message was matched to, so that it is kept as long as it is answered. */
export const recordMatch = (messageId: string, patient: SQL): SQL =>
  sql`UPDATE ${ehrMessages} SET patient_key = (${patient}) WHERE ${ehrMessages.id} = ${messageId}`;
