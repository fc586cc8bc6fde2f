import { wholeClinics } from "../clinics/store.ts";
import type { Ctx } from "../core/context.ts";
import type { Page } from "../core/wire.ts";
import { clinicsOfUser, patientsOfUser } from "./read.ts";
import { writtenRelationships } from "./write.ts";

/** The clinics a person is a patient of, each with the record it keeps, by the name on that record; as JSON. */
export async function listClinicsOfPatient(ctx: Ctx, userId: string, page: Page): Promise<Uint8Array<ArrayBuffer>> {
  const { patients, clinics } = await ctx.read({
    patients: patientsOfUser(userId, page),
    clinics: wholeClinics(clinicsOfUser(userId, page)),
  });
  for (const { row } of patients) ctx.auditRead(row.clinicId, [userId]);
  return writtenRelationships(patients, clinics);
}
