import { z } from "@hono/zod-openapi";
import { isLongerThan } from "../../../platform/core/bounded-text.ts";
import { ObjectId } from "../../../platform/core/wire.ts";
import { SITE_NAME, SITE_NAME_LENGTH_MAX } from "./rules.ts";

export const SiteName = z
  .string()
  .refine((name) => name !== "" && !isLongerThan(name, SITE_NAME_LENGTH_MAX) && SITE_NAME.test(name), {
    error: `1 to ${SITE_NAME_LENGTH_MAX} printable characters are expected, the first of them no space`,
  })
  .openapi("siteName.v1", {
    minLength: 1,
    maxLength: SITE_NAME_LENGTH_MAX,
    pattern: SITE_NAME.source,
  });

export const Site = z
  .object({
    id: ObjectId,
    name: SiteName,
    numPatients: z.int().optional().openapi({ description: "Absent when no patient has the site." }),
    patients: z
      .int()
      .optional()
      .openapi({ description: "The same number, under the name that existing clients read." }),
  })
  .openapi("site.v1");
export type Site = z.infer<typeof Site>;

export const SiteCreation = z
  .object({ name: SiteName })
  .openapi("siteCreation.v1", { example: { name: "North campus" } });

/** The contract requires the id, which the path already gives; a body without it is accepted (docs/differences.md). */
export const SiteUpdate = z
  .object({ id: ObjectId.optional(), name: SiteName })
  .openapi("siteUpdate.v1", { required: ["id", "name"] });

export const SiteById = z.object({ id: ObjectId }).openapi("siteById.v1");

export const SiteParams = z.object({ clinicId: ObjectId, siteId: ObjectId });

/** A site as the site operations return it. */
export const toSite = (site: { id: string; name: string; numPatients: number }): Site =>
  site.numPatients > 0
    ? { id: site.id, name: site.name, numPatients: site.numPatients, patients: site.numPatients }
    : { id: site.id, name: site.name };
