import { toClinic } from "../clinics/model/schema.ts";
import { wholeClinics } from "../clinics/model/store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import type { Page } from "../../platform/core/wire.ts";
import { type ClinicianClinicRelationship, toClinician } from "./model/schema.ts";
import { cliniciansCreated, clinicsOfSelected, listSelected, membershipsOf, type Selection } from "./model/store.ts";

/** The clinics a person works in, newest membership first. Invitations are not among them. */
export const listClinicsOf = (ctx: Ctx, userId: string, page: Page): Promise<ClinicianClinicRelationship[]> =>
  listRelationships(ctx, membershipsOf(userId, page));

/** Clinicians and invitations of all clinics made from `from` up to but not at `before`, newest first. */
export const listAllClinicians = (
  ctx: Ctx,
  from: number | undefined,
  before: number | undefined,
  page: Page,
): Promise<ClinicianClinicRelationship[]> => listRelationships(ctx, cliniciansCreated(from, before, page));

async function listRelationships(ctx: Ctx, selection: Selection): Promise<ClinicianClinicRelationship[]> {
  const { clinicians, clinics } = await ctx.read({
    clinicians: listSelected(selection),
    clinics: wholeClinics(clinicsOfSelected(selection)),
  });
  const clinicOf = new Map(clinics.map((whole) => [whole.clinic.id, toClinic(whole)]));
  return clinicians.flatMap((row) => {
    const clinic = clinicOf.get(row.clinicId);
    return clinic ? [{ clinician: toClinician(row), clinic }] : [];
  });
}
