import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { Site } from "../../sites/model/schema.ts";
import { convertTagToSite } from "../convert-tag-to-site.ts";
import { TagParams } from "../model/schema.ts";

export const convertPatientTagToSiteOperation = operation({
  route: createRoute({
    operationId: "ConvertPatientTagToSite",
    method: "post",
    path: "/v1/clinics/{clinicId}/patient_tags/{patientTagId}/site",
    summary: "Convert a tag to a site",
    description:
      "Creates a site with the name of the tag, numbered if that is taken, moves the patients of the tag to it, " +
      "and deletes the tag. Services only.",
    tags: ["Patient tags"],
    request: { params: TagParams },
    responses: {
      200: json(Site, "The new site, with the patients of the tag"),
      ...refusals({
        404: "No such clinic or tag",
        409: "The clinic has its full number of sites, or a concurrent request took the last place",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, patientTagId } = c.req.valid("param");
    return c.json(await convertTagToSite(c.get("ctx"), clinicId, patientTagId), 200);
  },
});
