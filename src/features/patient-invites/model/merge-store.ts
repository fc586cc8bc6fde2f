import { type SQL, sql } from "drizzle-orm";
import { merges } from "../../tables/merges.ts";
import { patientInvitations } from "../../tables/people.ts";

/** What merges of clinics do to what people have offered them. */

const pendingAt = (clinicId: string): SQL =>
  sql`${patientInvitations.clinicId} = ${clinicId} AND ${patientInvitations.status} = 'pending'`;

/** Cancels what somebody has offered the source when they have offered it the target, too, or are its patient already. */
export const cancelRepeatedInvitations = (sourceId: string, targetId: string, now: number): SQL =>
  sql`UPDATE ${patientInvitations} SET status = 'canceled', modified_at = ${now}
      WHERE ${pendingAt(sourceId)} AND ${patientInvitations.creatorId} IN
        (SELECT other.creator_id FROM patient_invitations AS other WHERE other.clinic_id = ${targetId} AND other.status = 'pending'
         UNION ALL SELECT patients.user_id FROM patients WHERE patients.clinic_id = ${targetId}
           AND patients.user_id = patient_invitations.creator_id)`;

/** The keys of what is offered to a clinic, as a JSON list. */
export const invitationsOf = (clinicId: string): SQL =>
  sql`SELECT json_group_array(${patientInvitations.key}) FROM ${patientInvitations} WHERE ${pendingAt(clinicId)}`;

/** Makes what was offered to the source an offer to the target. */
export const redirectInvitations = (sourceId: string, targetId: string, now: number): SQL =>
  sql`UPDATE ${patientInvitations} SET clinic_id = ${targetId}, modified_at = ${now} WHERE ${pendingAt(sourceId)}`;

const invitationsOfMerge = (mergeId: string): SQL =>
  sql`SELECT offer.value FROM ${merges}, json_each(${merges.invitations}) AS offer WHERE ${merges.id} = ${mergeId}`;

/** Makes them offers to the source again, where nobody has answered them: also those that the merge has canceled. */
export const restoreInvitations = (
  sourceId: string,
  targetId: string,
  mergeId: string,
  mergedAt: number,
  now: number,
): readonly SQL[] => [
  sql`UPDATE ${patientInvitations} SET status = 'pending', modified_at = ${now}
      WHERE ${patientInvitations.key} IN (${invitationsOfMerge(mergeId)}) AND ${patientInvitations.clinicId} = ${sourceId}
        AND ${patientInvitations.status} = 'canceled' AND ${patientInvitations.modifiedAt} = ${mergedAt}`,
  sql`UPDATE ${patientInvitations} SET clinic_id = ${sourceId}, modified_at = ${now}
      WHERE ${patientInvitations.key} IN (${invitationsOfMerge(mergeId)}) AND ${pendingAt(targetId)}`,
];

/** Offers that came with a merge and were answered since. */
export const answeredInvitations = (targetId: string, mergeId: string): SQL =>
  sql`SELECT ${patientInvitations.key} AS id FROM ${patientInvitations}
      WHERE ${patientInvitations.key} IN (${invitationsOfMerge(mergeId)}) AND ${patientInvitations.clinicId} = ${targetId}
        AND ${patientInvitations.status} <> 'pending'`;
