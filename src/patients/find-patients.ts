import { wholeClinics } from "../clinics/store.ts";
import type { Ctx } from "../core/context.ts";
import type { Page } from "../core/wire.ts";
import { clinicsAmong, patientsFor } from "./find-store.ts";
import type { Wanted } from "./wanted.ts";
import { patientsAmong } from "./read.ts";
import { writtenRelationships } from "./write.ts";

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
