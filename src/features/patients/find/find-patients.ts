import { wholeClinics } from "../../clinics/model/store.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import type { Page } from "../../../platform/core/wire.ts";
import { clinicsAmong, patientsFor } from "./find-store.ts";
import type { Wanted } from "./search-criteria.ts";
import { patientsAmong } from "../model/read.ts";
import { writtenRelationships } from "../model/patient-json.ts";

/**
 * The patients with what is wanted in all clinics where the caller is a clinician, whatever their role, each with its
 * clinic, by name, as JSON. One round trip; no clinic is looked through.
 */
export async function findPatients(ctx: Ctx, wanted: Wanted, page: Page): Promise<Uint8Array<ArrayBuffer>> {
  const { patients, clinics } = await ctx.read({
    patients: patientsAmong(patientsFor(ctx.caller.id, wanted, page)),
    clinics: wholeClinics(clinicsAmong(ctx.caller.id, wanted, page)),
  });
  for (const [clinicId, found] of Map.groupBy(patients, ({ row }) => row.clinicId)) {
    ctx.auditRead(
      clinicId,
      found.map(({ row }) => row.userId),
    );
  }
  return writtenRelationships(patients, clinics);
}
