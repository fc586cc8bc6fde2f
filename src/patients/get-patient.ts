import type { Ctx } from "../core/context.ts";
import { notFound } from "../core/errors.ts";
import { findPatient } from "./read.ts";
import { type Patient, toPatient } from "./schema.ts";

export const patientNotFound = () => notFound("patient");

/** A patient of the clinic with the whole summary, in one round trip; the access is recorded. */
export async function getPatient(ctx: Ctx, clinicId: string, userId: string): Promise<Patient> {
  const { patient } = await ctx.read({ patient: findPatient(clinicId, userId) });
  if (!patient) throw patientNotFound();
  ctx.auditRead(clinicId, [userId]);
  return toPatient(patient.row, patient.siteNames);
}
