import { toClinic } from "../clinics/schema.ts";
import { wholeClinics } from "../clinics/store.ts";
import type { Ctx } from "../core/context.ts";
import type { Page } from "../core/wire.ts";
import { clinicsOfUser, patientsOfUser } from "./read.ts";
import { type PatientClinicRelationship, toPatient } from "./schema.ts";

/** The clinics a person is a patient of, each with the record it keeps, by the name on that record. */
export async function listClinicsOfPatient(ctx: Ctx, userId: string, page: Page): Promise<PatientClinicRelationship[]> {
  const { patients, clinics } = await ctx.read({
    patients: patientsOfUser(userId, page),
    clinics: wholeClinics(clinicsOfUser(userId, page)),
  });
  const clinicOf = new Map(clinics.map((whole) => [whole.clinic.id, toClinic(whole)]));
  return patients.flatMap(({ row, siteNames }) => {
    const clinic = clinicOf.get(row.clinicId);
    if (!clinic) return [];
    ctx.auditRead(row.clinicId, [userId]);
    return [{ patient: toPatient(row, siteNames), clinic }];
  });
}
