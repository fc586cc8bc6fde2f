import { sql } from "drizzle-orm";
import { invalid, Refusal } from "../../../platform/core/errors.ts";
import { type Guard, refuseIfFound, refuseUnlessFound, refuseWhen } from "../../../platform/db/guard.ts";
import { clinics } from "../../tables/clinics.ts";
import { noMatchingInvite, tooManyMails } from "../../invites/model/guards.ts";
import { MAILS_WINDOW_MS } from "../../invites/model/rules.ts";
import { patientWith } from "../../patients/model/store.ts";
import { OFFERS_MAX } from "./rules.ts";
import { hasOffered, invitationIn, invitationWith, openInvitation } from "./store.ts";

export const isOver = () => new Refusal("forbidden", "Forbidden to perform requested operation");
const isPatientAlready = () => new Refusal("conflict", "The user is already a patient of the clinic");
const isInvitedAlready = () => new Refusal("conflict", "There is already an existing invite");
const mrnIsRequired = () => invalid("Error creating patient because MRN is required");

/** Stops what is done with an invitation that is not there, or is in no state in which it can be done. */
export const refuseUnlessIn = (clinicId: string, key: string, states: readonly string[]): readonly Guard[] => [
  refuseUnlessFound(invitationWith(clinicId, key), noMatchingInvite),
  refuseUnlessFound(invitationIn(clinicId, key, states), isOver),
];

/** Stops an invitation to a clinic that has the person already, or whose answer the person still waits for. */
export const refuseIfKnown = (clinicId: string, userId: string, now: number): readonly Guard[] => [
  refuseIfFound(patientWith(clinicId, userId), isPatientAlready),
  refuseIfFound(openInvitation(clinicId, userId, now), isInvitedAlready),
];

/** Stops a person from having admins mailed again and again: what is canceled can be offered at once. */
export const refuseTooManyOffers = (userId: string, now: number): Guard =>
  refuseWhen(hasOffered(userId, now - MAILS_WINDOW_MS, OFFERS_MAX), tooManyMails);

/** Stops an acceptance without an MRN where the clinic requires one. */
export const refuseIfMrnRequired = (clinicId: string): Guard =>
  refuseIfFound(
    sql`SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${clinicId} AND ${clinics.mrnRequired} = 1`,
    mrnIsRequired,
  );
