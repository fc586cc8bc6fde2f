import { type Caller, type GivenClinic, newUserId, person, rows } from "./harness.ts";

/** Invitations to act on, and looks at what is stored of them. */

export interface GivenInvite {
  readonly key: string;
  readonly email: string;
  /** Under the clinic. */
  readonly path: string;
  /** The invited person, with the address proved. */
  readonly invitee: Caller;
  /** Under the invited person. */
  readonly receivedPath: string;
}

/** An invitation by the clinic's admin to an address of somebody who has no account yet. */
export async function givenInvite(
  clinic: GivenClinic,
  fields: { email?: string; roles?: string[] } = {},
  claims: Record<string, unknown> = {},
): Promise<GivenInvite> {
  const email = fields.email ?? `${newUserId()}@invited.test`;
  const answer = await clinic.admin.post(`${clinic.path}/invites/clinicians`, {
    roles: ["CLINIC_MEMBER"],
    ...fields,
    email,
  });
  if (answer.status !== 200) throw new Error(`InviteClinician answered ${answer.status}: ${answer.text}`);
  const key = answer.body.inviteId as string;
  const invitee = await person({ email, ...claims });
  return {
    key,
    email,
    path: `${clinic.path}/invites/clinicians/${key}`,
    invitee,
    receivedPath: `/v1/clinicians/${invitee.id}/invites/${key}`,
  };
}

/** The invitation and the clinicians' records that hang on it, as they are stored. */
export async function storedInvite(key: string) {
  const [invitation] = await rows("SELECT * FROM clinician_invitations WHERE key = ?", key);
  const pending = await rows("SELECT * FROM clinicians WHERE invite_id = ?", key);
  return { invitation, pending, status: invitation?.status, isPending: pending.length === 1 };
}

/** Mails that were put in the outbox for an invitation, oldest first. */
export async function mailsOf(key: string) {
  const found = await rows<{ variables: string }>(
    "SELECT kind, clinic_id, recipient_user_id, recipient_email, variables FROM outbox WHERE instr(unique_key, ?) > 0 ORDER BY created_at, id",
    key,
  );
  return found.map((mail) => ({ ...mail, variables: JSON.parse(mail.variables) }));
}

/** The kinds of mails in the outbox of a clinic. */
export const mailsOfClinic = (clinicId: string, kind: string) =>
  rows<{ recipient_user_id: string; recipient_email: string; variables: string; unique_key: string }>(
    "SELECT recipient_user_id, recipient_email, variables, unique_key FROM outbox WHERE clinic_id = ? AND kind = ? ORDER BY created_at, id",
    clinicId,
    kind,
  );
