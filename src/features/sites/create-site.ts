import { refuseUnlessClinic, touchClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { constraintViolation, Refusal } from "../../platform/core/errors.ts";
import { refuseIfFound, refuseWhen } from "../../platform/db/guard.ts";
import { SITES_PER_CLINIC_MAX, siteNameKey } from "./model/rules.ts";
import { type Site, toSite } from "./model/schema.ts";
import { hasSites, insertSite, siteWithName } from "./model/store.ts";

export const nameIsTaken = () => new Refusal("conflict", "duplicate site name");
const clinicIsFull = () =>
  constraintViolation(`the clinic already has the maximum number of ${SITES_PER_CLINIC_MAX} sites`);

/** Adds a site to a clinic. A name taken in any case is refused before a full clinic is; both hold when requests race. */
export async function createSite(ctx: Ctx, clinicId: string, name: string): Promise<Site> {
  const site = { id: ctx.newId(), name, nameKey: siteNameKey(name), numPatients: 0 };
  return ctx.commit({
    clinicId,
    answer: toSite(site),
    steps: [
      refuseUnlessClinic(clinicId),
      refuseIfFound(siteWithName(clinicId, site.nameKey), nameIsTaken),
      refuseWhen(hasSites(clinicId, SITES_PER_CLINIC_MAX), clinicIsFull),
      insertSite(clinicId, site),
      touchClinic(clinicId, ctx.now),
    ],
  });
}
