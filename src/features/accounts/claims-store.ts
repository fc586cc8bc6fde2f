import { ACCOUNT_CLAIM, ACCOUNT_CLAIM_REMINDER } from "./mails.ts";
import { type SQL, sql } from "drizzle-orm";
import { newSecretKey } from "../../platform/core/ids.ts";
import { type Read, rowOf } from "../../platform/db/read.ts";
import { accountClaims } from "../tables/accounts.ts";
import { clinics } from "../tables/clinics.ts";
import { patients } from "../tables/patients.ts";
import type { OutboxKind } from "../../platform/outbox/kinds.ts";
import { insertOutboxEntries, type OutboxWriter } from "../../platform/outbox/store.ts";
import { keptByClinic } from "../patients/model/read.ts";
import { hasOwner } from "../../platform/accounts/own-directory-store.ts";
import { CLAIM_LIFETIME_MS, CLAIM_REMINDER_AFTER_MS } from "./rules.ts";

const patientsUser = sql`${patients.userId}`;

const claimMail = (key: string, { kind }: OutboxKind): SQL =>
  sql`SELECT ${`${kind}:${key}`} AS unique_key, clinic_id, user_id AS recipient_user_id, NULL AS recipient_email,
        json_object('Key', key) AS variables FROM ${accountClaims} WHERE ${accountClaims.key} = ${key}`;

/**
 * Brings the claim of one custodial account in line with its records (a condition on `patients` picks them): a new
 * address gets a new key, a mail and later a reminder; the same address gets nothing. Without an address the claim is
 * gone, and once the owner has signed in there is none.
 */
export function offerClaim(ctx: OutboxWriter, ofUser: SQL): readonly SQL[] {
  const key = newSecretKey();
  const custodial = sql`FROM ${patients} WHERE (${ofUser}) AND ${keptByClinic}`;
  return [
    sql`DELETE FROM ${accountClaims}
        WHERE ${accountClaims.userId} IN
          (SELECT ${patients.userId} ${custodial} AND (${patients.email} IS NULL OR ${hasOwner(patientsUser)}))`,
    sql`INSERT INTO ${accountClaims} (user_id, key, clinic_id, invited_by, email, created_at, expires_at)
        SELECT ${patients.userId}, ${key}, ${patients.clinicId}, ${patients.invitedBy}, ${patients.email}, ${ctx.now},
               ${ctx.now + CLAIM_LIFETIME_MS}
        ${custodial} AND ${patients.email} IS NOT NULL AND NOT ${hasOwner(patientsUser)}
        ORDER BY ${patients.updatedAt} DESC, ${patients.key} LIMIT 1
        ON CONFLICT (user_id) DO UPDATE SET key = excluded.key, clinic_id = excluded.clinic_id,
          invited_by = excluded.invited_by, email = excluded.email, created_at = excluded.created_at,
          expires_at = excluded.expires_at
        WHERE account_claims.email IS NOT excluded.email`,
    insertOutboxEntries(ctx, ACCOUNT_CLAIM, claimMail(key, ACCOUNT_CLAIM)),
    insertOutboxEntries(
      ctx,
      ACCOUNT_CLAIM_REMINDER,
      claimMail(key, ACCOUNT_CLAIM_REMINDER),
      ctx.now + CLAIM_REMINDER_AFTER_MS,
    ),
  ];
}

/** Ends the claims of accounts that a query selects by their ids. */
export const endClaims = (userIds: SQL): SQL =>
  sql`DELETE FROM ${accountClaims} WHERE ${accountClaims.userId} IN (${userIds})`;

/** Ends the claim of an account: it was taken over, or is gone. */
export const endClaim = (userId: string): SQL => endClaims(sql`${userId}`);

export interface OpenClaim {
  readonly userId: string;
  readonly clinicId: string;
  readonly clinicName: string;
  readonly email: string;
  readonly expiresAt: number;
}

/** The claim with this key, as long as it has not expired, a clinic still keeps the account and nobody has signed in. */
export const findOpenClaim = (key: string, now: number): Read<OpenClaim | undefined> =>
  rowOf(
    sql`SELECT ${accountClaims.userId} AS "userId", ${accountClaims.clinicId} AS "clinicId", ${clinics.name} AS "clinicName",
          ${accountClaims.email} AS email, ${accountClaims.expiresAt} AS "expiresAt"
        FROM ${accountClaims}
        JOIN ${clinics} ON ${clinics.id} = ${accountClaims.clinicId}
        JOIN ${patients} ON ${patients.clinicId} = ${accountClaims.clinicId} AND ${patients.userId} = ${accountClaims.userId}
        WHERE ${accountClaims.key} = ${key} AND ${accountClaims.expiresAt} > ${now} AND ${keptByClinic}
          AND NOT ${hasOwner(sql`${accountClaims.userId}`)}`,
  );

/** Selects the account that the claim with this key is about. */
export const accountOfClaim = (key: string): SQL =>
  sql`SELECT ${accountClaims.userId} FROM ${accountClaims} WHERE ${accountClaims.key} = ${key}`;

/** Moves the claims of accounts that a clinic has passed on to another clinic. */
export const redirectClaims = (fromClinicId: string, toClinicId: string, userIds: SQL): SQL =>
  sql`UPDATE ${accountClaims} SET clinic_id = ${toClinicId}
      WHERE ${accountClaims.userId} IN (${userIds}) AND ${accountClaims.clinicId} = ${fromClinicId}`;

/** Leads a claim to the clinic that keeps the account still; ends it where none does. */
export const leadClaimElsewhere = (clinicId: string, userId: string): readonly SQL[] => [
  sql`UPDATE ${accountClaims} SET clinic_id = coalesce((SELECT ${patients.clinicId} FROM ${patients}
        WHERE ${patients.userId} = ${userId} AND ${patients.clinicId} <> ${clinicId} AND ${keptByClinic}
        ORDER BY ${patients.updatedAt} DESC LIMIT 1), clinic_id)
      WHERE ${accountClaims.userId} = ${userId} AND ${accountClaims.clinicId} = ${clinicId}`,
  sql`DELETE FROM ${accountClaims} WHERE ${accountClaims.userId} = ${userId} AND ${accountClaims.clinicId} = ${clinicId}`,
];

/** Gives an account the claim it had, if that has not expired. */
export const restoreClaim = (userId: string, claim: string, email: string | null, now: number): SQL =>
  sql`INSERT INTO ${accountClaims} (user_id, key, clinic_id, invited_by, email, created_at, expires_at)
      SELECT ${userId}, c.value ->> '$.key', c.value ->> '$.clinicId', c.value ->> '$.invitedBy', c.value ->> '$.email',
        c.value ->> '$.createdAt', c.value ->> '$.expiresAt' FROM (SELECT ${claim} AS value) AS c
      WHERE c.value ->> '$.expiresAt' > ${now} AND c.value ->> '$.email' = ${email}
      ON CONFLICT (user_id) DO UPDATE SET clinic_id = excluded.clinic_id WHERE account_claims.key = excluded.key`;
