import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowOf } from "../../../platform/db/read.ts";
import { outboxKind } from "../../../platform/outbox/kinds.ts";
import { insertOutboxEntries, type OutboxWriter } from "../../../platform/outbox/store.ts";
import { dataOwners } from "../../tables/device-data.ts";

/** Destroys the device data of an account that was deleted. */
export const DESTROY_DATA = outboxKind("destroy_device_data");
/** Shows the summaries of a person in a record that was made after they were calculated. */
export const SHOW_SUMMARIES = outboxKind("show_summaries");

/** Finds something where a person has, or had, data sets. */
export const hasDataSets = (userId: string | SQL): SQL =>
  sql`SELECT 1 FROM ${dataOwners} WHERE ${dataOwners.userId} = ${userId} AND ${dataOwners.schemaVersion} IS NOT NULL`;

/** Whether a person has, or had, data sets: their object need not be asked otherwise. */
export const findHasDataSets = (userId: string): Read<boolean> =>
  mapped(rowOf(sql`SELECT 1 AS found WHERE EXISTS (${hasDataSets(userId)})`), (row) => row !== undefined);

/** Finds something where all data of a person were destroyed after a time. */
export const dataDestroyedSince = (userId: string | SQL, at: number | SQL): SQL =>
  sql`SELECT 1 FROM ${dataOwners} WHERE ${dataOwners.userId} = ${userId} AND ${dataOwners.schemaVersion} IS NULL
        AND ${dataOwners.revision} > ${at}`;

/** A job of a person who has data sets; of others none. */
const jobOf = (ctx: OutboxWriter, kind: typeof DESTROY_DATA, userId: string): SQL =>
  insertOutboxEntries(
    ctx,
    kind,
    sql`SELECT ${`${kind.kind}:${userId}:${ctx.newId()}`} AS unique_key, NULL AS clinic_id, ${userId} AS recipient_user_id,
          NULL AS recipient_email, '{}' AS variables WHERE EXISTS (${hasDataSets(userId)})`,
  );

/** In the batch that takes an account out of its last clinic. */
export const destroyDataOf = (ctx: OutboxWriter, userId: string): SQL => jobOf(ctx, DESTROY_DATA, userId);

/** In the batch that brings records of several people back, who changed meanwhile. `cause` is part of what a job is known by. */
export const showSummariesAmong = (ctx: OutboxWriter, users: SQL, cause: string): SQL =>
  insertOutboxEntries(
    ctx,
    SHOW_SUMMARIES,
    sql`SELECT ${`${SHOW_SUMMARIES.kind}:${cause}:`} || ${dataOwners.userId} AS unique_key, NULL AS clinic_id,
          ${dataOwners.userId} AS recipient_user_id, NULL AS recipient_email, '{}' AS variables
        FROM (${users}) AS shown CROSS JOIN ${dataOwners} ON ${dataOwners.userId} = shown.user_id
        WHERE ${dataOwners.schemaVersion} IS NOT NULL`,
  );

/** In the batch that makes a record of a person who had none. */
export const showSummariesOf = (ctx: OutboxWriter, userId: string): SQL => jobOf(ctx, SHOW_SUMMARIES, userId);
