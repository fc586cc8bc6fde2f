import { wholeClinics } from "../clinics/model/store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import type { Page } from "../../platform/core/wire.ts";
import { clinicsOfUser, patientsOfUser } from "./model/read.ts";
import { writtenRelationships } from "./model/patient-json.ts";

/** The clinics a person is a patient of, each with the record it keeps, by the name on that record; as JSON. */
export async function listClinicsOfPatient(ctx: Ctx, userId: string, page: Page): Promise<Uint8Array<ArrayBuffer>> {
  const { patients, clinics } = await ctx.read({
    patients: patientsOfUser(userId, page),
    clinics: wholeClinics(clinicsOfUser(userId, page)),
  });
  for (const { row } of patients) ctx.auditRead(row.clinicId, [userId]);
  return writtenRelationships(patients, clinics);
}
