import type { Ctx } from "../core/context.ts";
import { notFound } from "../core/errors.ts";
import { JsonBytes } from "../core/json-bytes.ts";
import { findPatient } from "./read.ts";
import { writePatient } from "./write.ts";

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
