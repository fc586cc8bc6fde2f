import { type SQL, sql } from "drizzle-orm";
import type { Ctx } from "../core/context.ts";
import { outbox } from "../db/schema/people.ts";

/** The mails the service sends, by the name of their template. */
export type MailKind =
  | "clinic_created"
  | "clinician_permissions_updated"
  | "clinician_invitation"
  | "patient_clinic_invitation"
  | "migrate_patient"
  | "clinic_migration_complete";
/** Work that goes on after the answer. */
export type JobKind = "run_migration";

/** Something to be sent or done once the change that causes it is there. */
export interface Sending {
  readonly kind: MailKind | JobKind;
  /** Tells this effect on this recipient from every other: it happens once. */
  readonly uniqueKey: string;
  readonly clinicId: string | null;
  /** To the address the account has when the mail is sent, or to an address. */
  readonly recipient: { readonly userId: string } | { readonly email: string };
  readonly variables: Readonly<Record<string, string>>;
}

type Sender = Pick<Ctx, "now" | "newId" | "outboxBatch">;

const columns = sql.raw(
  "(id, batch, unique_key, kind, clinic_id, recipient_user_id, recipient_email, variables, state, attempts, next_attempt_at, created_at)",
);

/** Puts one mail or job in the outbox, in the batch of the change; a second one with the same key is none. */
export const insertSending = (ctx: Sender, it: Sending): SQL =>
  sql`INSERT INTO ${outbox} ${columns} VALUES (${ctx.newId()}, ${ctx.outboxBatch}, ${it.uniqueKey}, ${it.kind}, ${it.clinicId},
      ${"userId" in it.recipient ? it.recipient.userId : null}, ${"email" in it.recipient ? it.recipient.email : null},
      ${JSON.stringify(it.variables)}, 'queued', 0, ${ctx.now}, ${ctx.now})
      ON CONFLICT (unique_key) DO NOTHING`;

/**
 * Puts a mail for each row of a query in the outbox. The query gives unique_key, recipient_user_id, recipient_email and
 * variables (a JSON object).
 */
export const insertSendings = (ctx: Sender, kind: MailKind, clinicId: string, recipients: SQL): SQL =>
  sql`INSERT INTO ${outbox} ${columns}
      SELECT lower(hex(randomblob(12))), ${ctx.outboxBatch}, r.unique_key, ${kind}, ${clinicId}, r.recipient_user_id,
             r.recipient_email, r.variables, 'queued', 0, ${ctx.now}, ${ctx.now}
      FROM (${recipients}) AS r WHERE true ON CONFLICT (unique_key) DO NOTHING`;

/** What a batch has put in the outbox. */
export const sendingsOfBatch = (batch: string): SQL =>
  sql`SELECT ${outbox.id} AS id, ${outbox.kind} AS kind FROM ${outbox} WHERE ${outbox.batch} = ${batch} AND ${outbox.state} = 'queued'`;
