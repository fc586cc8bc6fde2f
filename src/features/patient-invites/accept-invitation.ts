import { refuseUnlessClinic } from "../clinics/model/guards.ts";
import { showSummariesOf } from "../device-data/model/jobs-store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { notFound } from "../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { refuseIfFound, refuseOutright, refuseUnlessFound, type Step } from "../../platform/db/guard.ts";
import { noMatchingInvite } from "../invites/model/guards.ts";
import { readAssignments } from "../patients/model/assignments-store.ts";
import { addPatient, patientFromUser, toAddedPatient } from "../patients/create-patient-from-user.ts";
import { refuseBadMrn, storedMrn } from "../patients/model/mrn-guards.ts";
import { findLatestElsewhere, findPatient } from "../patients/model/read.ts";
import { type AcceptedPatient, type Patient, toPatient, toPermissions } from "../patients/model/schema.ts";
import { patientAsRead, patientWith } from "../patients/model/store.ts";
import { isOver, refuseIfMrnRequired, refuseUnlessIn } from "./model/guards.ts";
import { creatorOf, findInvitation, setStatus } from "./model/store.ts";

const ACCEPTABLE = ["pending"];

/**
 * Makes the person who made an invitation a patient of the clinic, with the permissions they offered, and completes the
 * invitation in the same batch: of several who accept, one does. Somebody who is a patient already stays as they are.
 * Invitations that have expired are accepted like others, as they always were: who made one and did not cancel it still
 * wants to share.
 */
export function acceptInvitation(ctx: Ctx, clinicId: string, key: string, input: AcceptedPatient): Promise<Patient> {
  return untilFresh(async () => {
    const creator = creatorOf(clinicId, key);
    const { invitation, user, existing, assigned, elsewhere } = await ctx.read({
      invitation: findInvitation(clinicId, key),
      user: ctx.users.find(creator),
      existing: findPatient(clinicId, creator),
      assigned: readAssignments(clinicId, input),
      elsewhere: findLatestElsewhere(clinicId, creator),
    });
    if (!invitation) throw noMatchingInvite();
    if (!ACCEPTABLE.includes(invitation.status)) throw isOver();
    const userId = invitation.creatorId;
    const premises: Step[] = [
      refuseUnlessClinic(clinicId),
      ...refuseUnlessIn(clinicId, key, ACCEPTABLE),
      ...(storedMrn(input.mrn) === null ? [refuseIfMrnRequired(clinicId)] : []),
    ];
    const complete = setStatus(clinicId, key, "completed", ctx.now);
    if (existing) {
      return ctx.commit({
        clinicId,
        patientId: userId,
        answer: toPatient(existing.row, existing.siteNames),
        steps: [
          ...premises,
          refuseUnlessFound(patientAsRead(clinicId, userId, existing.row.version), () => new StaleRead()),
          complete,
        ],
      });
    }
    const permissions = toPermissions(invitation.permissions);
    const patient = patientFromUser(ctx, clinicId, userId, user, { ...input, permissions }, assigned);
    return ctx.commit({
      clinicId,
      patientId: userId,
      answer: toAddedPatient(patient, assigned, elsewhere),
      steps: [
        ...premises,
        ...(user ? [] : [refuseOutright(() => notFound())]),
        ...refuseBadMrn(clinicId, userId, patient.mrn),
        refuseIfFound(patientWith(clinicId, userId), () => new StaleRead()),
        ...addPatient(patient, assigned, elsewhere),
        complete,
      ],
      outbox: elsewhere ? [] : [showSummariesOf(ctx, userId)],
    });
  });
}
