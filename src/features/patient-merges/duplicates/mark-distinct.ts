import { auditChange } from "../../../platform/audit/audit-store.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { badRequest, notFound } from "../../../platform/core/errors.ts";
import { refuseUnlessFound } from "../../../platform/db/guard.ts";
import { patientNotFound } from "../../patients/model/get-patient.ts";
import { patientWith } from "../../patients/model/store.ts";
import { markDistinct, unmarkDistinct } from "../marks-store.ts";

/** Two records of a clinic, by the users they are of. */
interface Two {
  readonly clinicId: string;
  readonly patientId: string;
  readonly otherPatientId: string;
}

/** Marks two records as two people, or takes the mark away, in one round trip; nothing changes where it was so before. */
export async function setDistinct(
  ctx: Ctx,
  { clinicId, patientId, otherPatientId }: Two,
  isDistinct: boolean,
): Promise<void> {
  if (patientId === otherPatientId) {
    await ctx.read({});
    throw badRequest("a patient can't be distinct from itself");
  }
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: [
      refuseUnlessFound(patientWith(clinicId, patientId), patientNotFound),
      refuseUnlessFound(patientWith(clinicId, otherPatientId), () => notFound("other patient")),
      isDistinct
        ? markDistinct(clinicId, patientId, otherPatientId, ctx.caller.id, ctx.now)
        : unmarkDistinct(clinicId, patientId, otherPatientId),
    ],
    audit: [auditChange(ctx, clinicId, patientId), auditChange(ctx, clinicId, otherPatientId)],
  });
}
