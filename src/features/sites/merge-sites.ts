import { clinicNotFound, refuseUnlessClinic, touchClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { invalid, notFound } from "../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { refuseUnlessFound } from "../../platform/db/guard.ts";
import {
  addSiteToPatientsAt,
  auditPatientsAtSite,
  countPatientsAtEither,
  removeSiteFromPatients,
} from "../patients/model/store.ts";
import { type Site, toSite } from "./model/schema.ts";
import { countChangedIn, deleteSiteRow, findSite, siteAs, siteWithId } from "./model/store.ts";
import { amongManyOf } from "../patients/model/changes-store.ts";

/** Moves the patients of the source site to the target, each counted once, and removes the source. */
export function mergeSites(ctx: Ctx, clinicId: string, targetId: string, sourceId: string): Promise<Site> {
  if (targetId === sourceId) throw invalid("can't merge a site into itself: bad request");
  return untilFresh(async () => {
    const { target, total } = await ctx.read({
      target: findSite(clinicId, targetId),
      total: countPatientsAtEither(clinicId, targetId, sourceId),
    });
    const merged = { id: targetId, name: target?.name ?? "", numPatients: total };
    return ctx.commit({
      clinicId,
      answer: toSite(merged),
      steps: amongManyOf(clinicId, [
        refuseUnlessClinic(clinicId),
        refuseUnlessFound(siteWithId(clinicId, targetId), () => notFound()),
        refuseUnlessFound(siteWithId(clinicId, sourceId), clinicNotFound),
        auditPatientsAtSite(ctx, clinicId, sourceId),
        addSiteToPatientsAt(clinicId, sourceId, targetId, ctx.now),
        countChangedIn(clinicId, targetId),
        removeSiteFromPatients(clinicId, sourceId, ctx.now),
        deleteSiteRow(clinicId, sourceId),
        touchClinic(clinicId, ctx.now),
        refuseUnlessFound(siteAs(clinicId, merged), () => new StaleRead()),
      ]),
    });
  });
}
