import { refuseUnlessClinic, touchClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { notFound, Refusal } from "../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { refuseIfFound, refuseUnlessFound } from "../../platform/db/guard.ts";
import { touchPatientsAtSite } from "../patients/model/store.ts";
import { siteNameKey } from "./model/rules.ts";
import { type Site, toSite } from "./model/schema.ts";
import { findSite, renameSite as renameSiteRow, siteAs, siteWithId, siteWithName } from "./model/store.ts";
import { amongManyOf } from "../patients/model/changes-store.ts";

const siteNotFound = () => notFound("site");
const nameIsTaken = () => new Refusal("conflict", "checking site constraints: duplicate site name");

/** Gives a site another name; its own name in another case is no clash. Its patients show the new name at once. */
export async function renameSite(ctx: Ctx, clinicId: string, siteId: string, name: string): Promise<Site> {
  return untilFresh(async () => {
    const { site } = await ctx.read({ site: findSite(clinicId, siteId) });
    const nameKey = siteNameKey(name);
    const renamed = { id: siteId, name, numPatients: site?.numPatients ?? 0 };
    return ctx.commit({
      clinicId,
      answer: toSite(renamed),
      steps: amongManyOf(clinicId, [
        refuseUnlessClinic(clinicId),
        refuseUnlessFound(siteWithId(clinicId, siteId), siteNotFound),
        refuseIfFound(siteWithName(clinicId, nameKey, siteId), nameIsTaken),
        renameSiteRow(clinicId, siteId, name, nameKey),
        touchPatientsAtSite(clinicId, siteId, ctx.now),
        touchClinic(clinicId, ctx.now),
        refuseUnlessFound(siteAs(clinicId, renamed), () => new StaleRead()),
      ]),
    });
  });
}
