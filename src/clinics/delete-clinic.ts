import { archiveClinicians } from "../clinicians/store.ts";
import type { Ctx } from "../core/context.ts";
import { badRequest } from "../core/errors.ts";
import { refuseIfFound } from "../db/guard.ts";
import { cancelInvitationsOf } from "../invites/store.ts";
import { removeMigrationsOf } from "../legacy-migrations/store.ts";
import { cancelPatientInvitationsOf } from "../patient-invites/store.ts";
import { patientOtherThan, removePatient } from "../patients/store.ts";
import { refuseUnlessClinic } from "./guards.ts";
import { deleteProviderCounts } from "./patient-counts.ts";
import { removeClinic } from "./store.ts";

const clinicHasPatients = () => badRequest("deletion of non-empty clinics is not allowed");

/**
 * Removes a clinic that has no patients but the demo patient, with its members and invitations, and keeps a snapshot of
 * each. Invitations that are pending, of either kind, are canceled and migrations into it forgotten. A patient who is added
 * at the same moment either comes too late or stops the deletion.
 */
export async function deleteClinic(ctx: Ctx, clinicId: string): Promise<void> {
  const deletedBy = ctx.caller.kind === "person" ? ctx.caller.id : null;
  const demoId = ctx.settings.demoPatientUserId ?? "";
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
      ...removeClinic(clinicId, deletedBy, ctx.now),
    ],
  });
}
