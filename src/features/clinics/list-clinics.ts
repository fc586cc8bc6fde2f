import type { Ctx } from "../../platform/context/context.ts";
import type { Page } from "../../platform/core/wire.ts";
import { type Clinic, toClinic } from "./model/schema.ts";
import { type ClinicFilter, listClinics as readClinics } from "./model/store.ts";

/** A page of clinics, oldest first; the order is total, so pages neither overlap nor leave gaps. */
export async function listClinics(ctx: Ctx, filter: ClinicFilter, page: Page): Promise<Clinic[]> {
  const { clinics } = await ctx.read({ clinics: readClinics(filter, page) });
  return clinics.map(toClinic);
}
