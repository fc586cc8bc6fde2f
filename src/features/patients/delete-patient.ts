import { endClaim, leadClaimElsewhere } from "../accounts/claims-store.ts";
import { followCustodialRemoval } from "../accounts/custody-store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { refuseUnlessFound } from "../../platform/db/guard.ts";
import { patientNotFound } from "./model/get-patient.ts";
import { onePatient } from "./model/read.ts";
import { patientWith, removePatient } from "./model/store.ts";

/**
 * Ends the link between a patient and a clinic; the whole record is kept in the archive, in the same batch. The account of
 * a custodial patient is closed; while another clinic keeps it, its owner can still claim it there. A patient who asks for it
 * themselves has signed in: the account is theirs.
 */
export async function deletePatient(ctx: Ctx, clinicId: string, userId: string): Promise<void> {
  const deletedBy = ctx.caller.kind === "person" ? ctx.caller.id : null;
  const record = onePatient(clinicId, userId);
  await ctx.commit({
    clinicId,
    patientId: userId,
    answer: undefined,
    steps: [
      refuseUnlessFound(patientWith(clinicId, userId), patientNotFound),
      ...(deletedBy === userId
        ? [endClaim(userId)]
        : [...followCustodialRemoval(ctx, record), ...leadClaimElsewhere(clinicId, userId)]),
      ...removePatient(clinicId, userId, deletedBy, ctx.now),
    ],
  });
}
