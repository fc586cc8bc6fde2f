import { refuseUnlessClinic, touchClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { conflict, Refusal } from "../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { refuseIfFound, refuseUnlessFound, refuseWhen } from "../../platform/db/guard.ts";
import { auditPatientsWithTag, replaceTagBySite } from "../patients/model/labels-store.ts";
import { firstFreeName, siteNameKey, siteNameOfTag, SITES_PER_CLINIC_MAX } from "../sites/model/rules.ts";
import { type Site, toSite } from "../sites/model/schema.ts";
import { countChangedIn, hasSites, insertSite, listSites, siteWithName } from "../sites/model/store.ts";
import { deleteTagRow, findTag, tagAsRead, tagWithId } from "./model/store.ts";
import { amongManyOf } from "../patients/model/changes-store.ts";

const tagNotFound = () => new Refusal("notFound", "unable to find patient tag: not found");

/**
 * Makes a site of a tag: its patients get the site instead of the tag, and the tag is gone. A name that a site has
 * already gets a number; a concurrent request that takes the chosen name or the last place makes this a conflict.
 */
export function convertTagToSite(ctx: Ctx, clinicId: string, tagId: string): Promise<Site> {
  return untilFresh(async () => {
    const { tag, sites } = await ctx.read({ tag: findTag(clinicId, tagId), sites: listSites(clinicId) });
    const { name: tagName = "", numPatients = 0 } = tag ?? {};
    const name = firstFreeName(siteNameOfTag(tagName), new Set(sites.map((site) => site.nameKey)));
    const site = { id: ctx.newId(), name, nameKey: siteNameKey(name), numPatients: 0 };
    return ctx.commit({
      clinicId,
      answer: toSite({ ...site, numPatients }),
      steps: amongManyOf(clinicId, [
        refuseUnlessClinic(clinicId),
        refuseUnlessFound(tagWithId(clinicId, tagId), tagNotFound),
        refuseUnlessFound(tagAsRead(clinicId, { id: tagId, name: tagName, numPatients }), () => new StaleRead()),
        refuseWhen(hasSites(clinicId, SITES_PER_CLINIC_MAX), () => conflict()),
        refuseIfFound(siteWithName(clinicId, site.nameKey), () => conflict()),
        auditPatientsWithTag(ctx, clinicId, tagId, null),
        insertSite(clinicId, site),
        replaceTagBySite(clinicId, tagId, site.id, ctx.now),
        countChangedIn(clinicId, site.id),
        deleteTagRow(clinicId, tagId),
        touchClinic(clinicId, ctx.now),
      ]),
    });
  });
}
