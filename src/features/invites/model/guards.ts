import { type SQL, sql } from "drizzle-orm";
import { touchClinic } from "../../clinics/model/guards.ts";
import { invitedWith } from "../../clinicians/model/store.ts";
import { Refusal, tooManyRequests } from "../../../platform/core/errors.ts";
import { type Guard, refuseWhen } from "../../../platform/db/guard.ts";
import { MAILS_OF_A_CLINIC_MAX, MAILS_TO_AN_ADDRESS_MAX, MAILS_WINDOW_MS } from "./rules.ts";
import { hasBeenSentTo, hasSent } from "./store.ts";

export const noMatchingInvite = () => new Refusal("notFound", "No matching invite was found");
export const nothingFound = () => new Refusal("notFound", "Nothing found");
export const mayNotAccept = () => new Refusal("forbidden", "Error accepting invitation");
export const emailIsNotVerified = () => new Refusal("forbidden", "the e-mail address is not verified");

export const tooManyMails = () =>
  tooManyRequests("too many invitations were sent, try again later", MAILS_WINDOW_MS / 1000);

/** Stops a clinic from sending, and an address from being sent, more mails of invitations than anybody needs. */
export const refuseTooManyMails = (clinicId: string, emailKey: string, now: number): readonly Guard[] => [
  refuseWhen(hasSent(clinicId, now - MAILS_WINDOW_MS, MAILS_OF_A_CLINIC_MAX), tooManyMails),
  refuseWhen(hasBeenSentTo(emailKey, now - MAILS_WINDOW_MS, MAILS_TO_AN_ADDRESS_MAX), tooManyMails),
];

/** Records that the clinic's members change, if the record of the invitation is there to be removed. */
export const touchIfInvited = (clinicId: string, inviteId: string, now: number): SQL =>
  sql`${touchClinic(clinicId, now)} AND EXISTS (${invitedWith(clinicId, inviteId)})`;
