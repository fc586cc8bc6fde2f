import type { OutboxKind } from "../../platform/outbox/kinds.ts";
import { CLOSE_ACCOUNT, COPY_TO_PROFILE } from "./jobs.ts";
import { type SQL, sql } from "drizzle-orm";
import { patients } from "../tables/patients.ts";
import { insertOutboxEntries, type OutboxWriter } from "../../platform/outbox/store.ts";
import { keptByClinic } from "../patients/model/read.ts";
import type { Forgotten, UserDirectory } from "../../platform/accounts/directory.ts";
import { hadData, isNeededByUndo, isOnlyRecord } from "./account-store.ts";
import { PARKED_MS } from "./rules.ts";
import { endClaims, offerClaim } from "./claims-store.ts";
import { revokeMailedTokens } from "./tokens-store.ts";

/** Picks the records a condition picks, where the clinic keeps the account. */
const inCustody = (ofUser: SQL): SQL => sql`(${ofUser}) AND ${keptByClinic}`;

/** Of the records in custody that a condition picks the one written last, as its account's profile says it. */
export const newestInCustody = (ofUser: SQL): SQL =>
  sql`SELECT ${patients.userId} AS user_id, ${patients.fullName} AS full_name, ${patients.birthDate} AS birth_date,
        ${patients.mrn} AS mrn, ${patients.targetDevices} AS target_devices, ${patients.diagnosisType} AS diagnosis_type,
        ${patients.email} AS email
      FROM ${patients} WHERE ${inCustody(ofUser)} ORDER BY ${patients.updatedAt} DESC, ${patients.key} LIMIT 1`;

const job = (ctx: OutboxWriter, kind: OutboxKind, ofUser: SQL, variables: object = {}): SQL =>
  insertOutboxEntries(
    ctx,
    kind,
    sql`SELECT ${`${kind.kind}:${ctx.newId()}`} AS unique_key, ${patients.clinicId} AS clinic_id,
          ${patients.userId} AS recipient_user_id, NULL AS recipient_email, ${JSON.stringify(variables)} AS variables
        FROM ${patients} WHERE ${inCustody(ofUser)} ORDER BY ${patients.updatedAt} DESC, ${patients.key} LIMIT 1`,
  );

/**
 * What follows when a record of a custodial patient was written: the account's profile says the same, and the account is
 * offered to the address it has now. The condition picks the record; nothing follows for a patient nobody keeps.
 */
export const followCustodialRecord = (
  ctx: OutboxWriter & { readonly users: UserDirectory },
  ofUser: SQL,
): readonly SQL[] => [...offerClaim(ctx, ofUser), copyRecord(ctx, ofUser)];

/** The same of the first record of a new account: without an address there is nobody to offer it to. */
export const followNewCustodialRecord = (
  ctx: OutboxWriter & { readonly users: UserDirectory },
  ofUser: SQL,
  email: string | null,
): readonly SQL[] => (email === null ? [copyRecord(ctx, ofUser)] : followCustodialRecord(ctx, ofUser));

/** The same without the offer: the address has not changed. What is forgotten goes where the record has no value for it. */
export const copyRecord = (
  ctx: OutboxWriter & { readonly users: UserDirectory },
  ofUser: SQL,
  forgotten: readonly Forgotten[] = [],
): SQL => {
  const { custodial } = ctx.users;
  return custodial.where === "ours"
    ? custodial.copyProfile(newestInCustody(ofUser), ctx.now, forgotten)
    : job(ctx, COPY_TO_PROFILE, ofUser, forgotten.length > 0 ? { Forgotten: forgotten.join() } : {});
};

/**
 * What comes before the removal of a custodial patient's record: the account is closed as `closeAccount` does it, where
 * accounts are ours in the same batch, so that its address is free when the removal is answered. One that the undo of a merge may
 * need is closed when that is over.
 */
export const followCustodialRemoval = (
  ctx: OutboxWriter & { readonly users: UserDirectory },
  ofUser: SQL,
): readonly SQL[] => {
  const { custodial } = ctx.users;
  if (custodial.where === "elsewhere") return [job(ctx, CLOSE_ACCOUNT, ofUser)];
  const ending = sql`SELECT ${patients.userId} FROM ${patients} WHERE ${inCustody(ofUser)} AND ${isOnlyRecord}`;
  const isNeeded = isNeededByUndo(ctx.now);
  const stays = sql`${hadData} OR ${isNeeded}`;
  return [
    revokeMailedTokens(ending),
    custodial.removeAddress(sql`${ending} AND (${stays})`, ctx.now),
    custodial.remove(sql`${ending} AND NOT (${stays})`),
    endClaims(ending),
    insertOutboxEntries(
      ctx,
      CLOSE_ACCOUNT,
      sql`SELECT ${`${CLOSE_ACCOUNT.kind}:${ctx.newId()}`} AS unique_key, ${patients.clinicId} AS clinic_id,
            ${patients.userId} AS recipient_user_id, NULL AS recipient_email, '{}' AS variables
          FROM ${patients} WHERE ${inCustody(ofUser)} AND ${isOnlyRecord} AND ${isNeeded} LIMIT 1`,
      ctx.now + PARKED_MS,
    ),
  ];
};
