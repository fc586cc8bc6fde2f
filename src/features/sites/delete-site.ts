import { clinicNotFound, touchClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { refuseUnlessFound } from "../../platform/db/guard.ts";
import { auditPatientsAtSite, removeSiteFromPatients } from "../patients/model/store.ts";
import { deleteSiteRow, siteWithId } from "./model/store.ts";
import { amongManyOf } from "../patients/model/changes-store.ts";

/** Removes a site from its clinic and from every patient at it, at once. An unknown site is answered as an unknown clinic. */
export async function deleteSite(ctx: Ctx, clinicId: string, siteId: string): Promise<void> {
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: amongManyOf(clinicId, [
      refuseUnlessFound(siteWithId(clinicId, siteId), clinicNotFound),
      auditPatientsAtSite(ctx, clinicId, siteId),
      removeSiteFromPatients(clinicId, siteId, ctx.now),
      deleteSiteRow(clinicId, siteId),
      touchClinic(clinicId, ctx.now),
    ]),
  });
}
