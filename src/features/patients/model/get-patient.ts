import type { Ctx } from "../../../platform/context/context.ts";
import { notFound } from "../../../platform/core/errors.ts";
import { readRecord, type StatedJson } from "./kept-records.ts";

export const patientNotFound = () => notFound("patient");

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
  const found = await readRecord(ctx, clinicId, userId, known);
  if (!found) throw patientNotFound();
  ctx.auditRead(clinicId, [userId]);
  return found;
}
