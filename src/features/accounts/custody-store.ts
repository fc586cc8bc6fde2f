import type { OutboxKind } from "../../platform/outbox/kinds.ts";
import { CLOSE_ACCOUNT, COPY_TO_PROFILE } from "./jobs.ts";
import { type SQL, sql } from "drizzle-orm";
import { patients } from "../tables/patients.ts";
import { insertSendings, type Sender } from "../../platform/outbox/store.ts";
import { keptByClinic } from "../patients/model/read.ts";
import type { UserDirectory } from "../../platform/accounts/directory.ts";
import { offerClaim } from "./claims-store.ts";

/** Picks the records a condition picks, where the clinic keeps the account. */
export const inCustody = (ofUser: SQL): SQL => sql`(${ofUser}) AND ${keptByClinic}`;

const job = (ctx: Sender, kind: OutboxKind, ofUser: SQL): SQL =>
  insertSendings(
    ctx,
    kind,
    sql`SELECT ${`${kind.kind}:${ctx.newId()}`} AS unique_key, ${patients.clinicId} AS clinic_id,
          ${patients.userId} AS recipient_user_id, NULL AS recipient_email, '{}' AS variables
        FROM ${patients} WHERE ${inCustody(ofUser)} ORDER BY ${patients.updatedAt} DESC, ${patients.key} LIMIT 1`,
  );

/**
 * What follows when a record of a custodial patient was written: the account's profile says the same, and the account is
 * offered to the address it has now. The condition picks the record; nothing follows for a patient nobody keeps.
 */
export const followCustodialRecord = (ctx: Sender & { readonly users: UserDirectory }, ofUser: SQL): readonly SQL[] => {
  const { profiles } = ctx.users;
  return [
    ...offerClaim(ctx, ofUser),
    profiles.where === "ours" ? profiles.copy(inCustody(ofUser), ctx.now) : job(ctx, COPY_TO_PROFILE, ofUser),
  ];
};

/** What follows when the record of a custodial patient is about to be removed: the account is closed. */
export const followCustodialRemoval = (ctx: Sender, ofUser: SQL): SQL => job(ctx, CLOSE_ACCOUNT, ofUser);
