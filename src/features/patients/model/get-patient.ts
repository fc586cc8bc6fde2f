import type { Ctx } from "../../../platform/context/context.ts";
import { notFound } from "../../../platform/core/errors.ts";
import { JsonBytes } from "../../../platform/formats/json-bytes.ts";
import { findPatientUnlessKnown } from "./read.ts";
import { writePatient } from "./patient-json.ts";

export const patientNotFound = () => notFound("patient");

/** The JSON of something, and the state it was made of. Without a body: the caller has that of this state. */
export interface StatedJson {
  readonly state: string;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * A patient (`Patient`) of the clinic with the whole summary, as JSON, in one round trip; nothing but the state is read
 * where the caller knows it. The access is recorded either way.
 */
export async function getPatient(
  ctx: Ctx,
  clinicId: string,
  userId: string,
  known: readonly string[],
): Promise<StatedJson> {
  const { found } = await ctx.read({ found: findPatientUnlessKnown(clinicId, userId, known) });
  if (!found) throw patientNotFound();
  ctx.auditRead(clinicId, [userId]);
  const { state, patient } = found;
  if (!patient) return { state, body: undefined };
  const out = new JsonBytes();
  writePatient(out, patient.row, patient.siteNames);
  return { state, body: out.take() };
}
