import { demoPatientUserId } from "./model/demo-patient.ts";
import { archiveClinicians } from "../clinicians/model/store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { badRequest } from "../../platform/core/errors.ts";
import { refuseIfFound } from "../../platform/db/guard.ts";
import { endSubscriptionsOf } from "../event-webhooks/model/events-store.ts";
import { ENDING_MS } from "../event-webhooks/model/rules.ts";
import { cancelInvitationsOf } from "../invites/model/store.ts";
import { removeMigrationsOf } from "../legacy-migrations/model/store.ts";
import { cancelPatientInvitationsOf } from "../patient-invites/model/store.ts";
import { patientOtherThan, removePatient } from "../patients/model/store.ts";
import { refuseUnlessClinic } from "./model/guards.ts";
import { deleteProviderCounts } from "./model/patient-counts-store.ts";
import { removeClinic } from "./model/store.ts";

const clinicHasPatients = () => badRequest("deletion of non-empty clinics is not allowed");

/**
 * Removes a clinic that has no patients but the demo patient, with its members and invitations, and keeps a snapshot of
 * each. Invitations that are pending, of either kind, are canceled and migrations into it forgotten. A patient who is added
 * at the same moment either comes too late or stops the deletion.
 */
export async function deleteClinic(ctx: Ctx, clinicId: string): Promise<void> {
  const deletedBy = ctx.caller.kind === "person" ? ctx.caller.id : null;
  const demoId = demoPatientUserId(ctx.settings) ?? "";
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: [
      refuseUnlessClinic(clinicId),
      refuseIfFound(patientOtherThan(clinicId, demoId), clinicHasPatients),
      ...removePatient(clinicId, demoId, deletedBy, ctx.now),
      ...archiveClinicians(clinicId, deletedBy, ctx.now),
      cancelInvitationsOf(clinicId, ctx.now),
      cancelPatientInvitationsOf(clinicId, ctx.now),
      ...removeMigrationsOf(clinicId),
      deleteProviderCounts(clinicId),
      endSubscriptionsOf(clinicId, ctx.now + ENDING_MS),
      ...removeClinic(clinicId, deletedBy, ctx.now),
    ],
  });
}
