import type { Ctx } from "../core/context.ts";
import type { Page } from "../core/wire.ts";
import { type Clinic, toClinic } from "./schema.ts";
import { type ClinicFilter, listClinics as readClinics } from "./store.ts";

/** A page of clinics, oldest first; the order is total, so pages neither overlap nor leave gaps. */
export async function listClinics(ctx: Ctx, filter: ClinicFilter, page: Page): Promise<Clinic[]> {
  const { clinics } = await ctx.read({ clinics: readClinics(filter, page) });
  return clinics.map(toClinic);
}
