import { CONNECTION_REQUEST, CONNECTION_REQUEST_REMINDER } from "./mails.ts";
import { type SQL, sql } from "drizzle-orm";
import { revokeTokens } from "../../accounts/tokens-store.ts";
import { parsedJson } from "../../../platform/core/wire.ts";
import { mapped, type Read, rowOf } from "../../../platform/db/read.ts";
import { clinics } from "../../tables/clinics.ts";
import { patients } from "../../tables/patients.ts";
import type { OutboxKind } from "../../../platform/outbox/kinds.ts";
import { insertOutboxEntries, type OutboxWriter } from "../../../platform/outbox/store.ts";
import { onePatient } from "../model/read.ts";
import { type ConnectionRequests, type DataSource, isInCustody, type Provider } from "../model/record.ts";
import { CONNECTION_PATH, CONNECTION_REMINDER_AFTER_MS } from "../model/rules.ts";

/** A patient's record as far as asking them for their accounts and their data depends on it. */
export interface Asked {
  readonly version: number;
  readonly email: string | null;
  readonly isInCustody: boolean;
  readonly dataSources: readonly DataSource[];
  readonly connectionRequests: ConnectionRequests;
  readonly lastUploadReminderAt: number | null;
  readonly clinicName: string;
}

interface AskedRow {
  version: number;
  email: string | null;
  permissions: number | null;
  dataSources: string | null;
  connectionRequests: string | null;
  lastUploadReminderAt: number | null;
  clinicName: string;
}

export const findAsked = (clinicId: string, userId: string): Read<Asked | undefined> =>
  mapped(
    rowOf<AskedRow>(
      sql`SELECT ${patients.version} AS version, ${patients.email} AS email, ${patients.permissions} AS permissions,
            ${patients.dataSources} AS "dataSources", ${patients.connectionRequests} AS "connectionRequests",
            ${patients.lastUploadReminderAt} AS "lastUploadReminderAt", ${clinics.name} AS "clinicName"
          FROM ${patients} JOIN ${clinics} ON ${clinics.id} = ${patients.clinicId} WHERE ${onePatient(clinicId, userId)}`,
    ),
    (row) =>
      row && {
        version: row.version,
        email: row.email,
        isInCustody: isInCustody(row),
        dataSources: parsedJson<DataSource[]>(row.dataSources) ?? [],
        connectionRequests: parsedJson<ConnectionRequests>(row.connectionRequests) ?? {},
        lastUploadReminderAt: row.lastUploadReminderAt,
        clinicName: row.clinicName,
      },
  );

/** Writes what a request for a connection changes, provided nothing else has changed the patient since it was read. */
export const setConnections = (
  clinicId: string,
  userId: string,
  changed: { sources: readonly DataSource[]; requests: ConnectionRequests },
  version: number,
  now: number,
): SQL =>
  sql`UPDATE ${patients} SET data_sources = ${JSON.stringify(changed.sources)},
        connection_requests = ${JSON.stringify(changed.requests)}, updated_at = ${now}, version = version + 1
      WHERE ${onePatient(clinicId, userId)} AND ${patients.version} = ${version}`;

/** Records that the patient was reminded to upload, provided nothing else has changed the patient since it was read. */
export const setUploadReminder = (clinicId: string, userId: string, version: number, now: number): SQL =>
  sql`UPDATE ${patients} SET last_upload_reminder_at = ${now}, updated_at = ${now}, version = version + 1
      WHERE ${onePatient(clinicId, userId)} AND ${patients.version} = ${version}`;

/** The newest request of each provider on the records that a condition picks, as what a mail about it needs. */
const newestRequests = (records: SQL, uniqueKey: SQL): SQL =>
  sql`SELECT ${uniqueKey} AS unique_key, ${patients.clinicId} AS clinic_id, ${patients.userId} AS recipient_user_id,
        NULL AS recipient_email,
        json_object('Provider', asked.key, 'RequestedAt', asked.value ->> '$[0].createdTime') AS variables
      FROM ${patients}, json_each(${patients.connectionRequests}) AS asked
      WHERE (${records}) AND json_array_length(asked.value) > 0`;

/** The pages that requests of the records a condition picks lead to. */
const requestedPages = (records: SQL): SQL =>
  sql`SELECT ${CONNECTION_PATH} || asked.key FROM ${patients}, json_each(${patients.connectionRequests}) AS asked
      WHERE (${records}) AND json_array_length(asked.value) > 0`;

/**
 * Mails the newest request of each provider, or of one, on the records that a condition picks, and each such request
 * once more a week after it was made: mailed again it still has its one reminder.
 */
export function mailRequests(ctx: OutboxWriter, records: SQL, provider?: Provider): readonly SQL[] {
  const which = provider === undefined ? records : sql`(${records}) AND asked.key = ${provider}`;
  const named = ({ kind }: OutboxKind, last: SQL) =>
    sql`${kind} || ':' || ${patients.clinicId} || ':' || ${patients.userId} || ':' || asked.key || ':' || ${last}`;
  return [
    insertOutboxEntries(ctx, CONNECTION_REQUEST, newestRequests(which, named(CONNECTION_REQUEST, sql`${ctx.newId()}`))),
    insertOutboxEntries(
      ctx,
      CONNECTION_REQUEST_REMINDER,
      newestRequests(which, named(CONNECTION_REQUEST_REMINDER, sql`(asked.value ->> '$[0].createdTime')`)),
      ctx.now + CONNECTION_REMINDER_AFTER_MS,
    ),
  ];
}

/**
 * What follows when records of a user that a condition picks get another address, or none: what was mailed to the old one
 * opens nothing any more, and the newest requests are mailed to the new one.
 */
export const followNewAddress = (
  ctx: OutboxWriter,
  userId: string,
  records: SQL,
  email: string | null,
): readonly SQL[] => [
  revokeTokens(userId, requestedPages(records)),
  ...(email === null ? [] : mailRequests(ctx, records)),
];

/** When a patient was last reminded to upload; NULL when the record is gone. */
export const lastReminderOf = (clinicId: string, userId: string): SQL =>
  sql`SELECT ${patients.lastUploadReminderAt} FROM ${patients} WHERE ${onePatient(clinicId, userId)}`;

/** When a connection to the provider was last asked for; NULL when the record is gone. */
export const newestRequestOf = (clinicId: string, userId: string, provider: Provider): SQL =>
  sql`SELECT ${patients.connectionRequests} ->> ${`$.${provider}[0].createdTime`} FROM ${patients}
      WHERE ${onePatient(clinicId, userId)}`;
