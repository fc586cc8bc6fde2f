import type { Ctx } from "../../../platform/context/context.ts";
import { notFound } from "../../../platform/core/errors.ts";
import { JsonBytes } from "../../../platform/formats/json-bytes.ts";
import { findPatient } from "./read.ts";
import { writePatient } from "./patient-json.ts";

export const patientNotFound = () => notFound("patient");

/** A patient (`Patient`) of the clinic with the whole summary, as JSON, in one round trip; the access is recorded. */
export async function getPatient(ctx: Ctx, clinicId: string, userId: string): Promise<Uint8Array<ArrayBuffer>> {
  const { patient } = await ctx.read({ patient: findPatient(clinicId, userId) });
  if (!patient) throw patientNotFound();
  ctx.auditRead(clinicId, [userId]);
  const out = new JsonBytes();
  writePatient(out, patient.row, patient.siteNames);
  return out.take();
}
