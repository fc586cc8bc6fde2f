import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { mergeSites } from "../merge-sites.ts";
import { Site, SiteById, SiteParams } from "../model/schema.ts";

export const mergeSiteOperation = operation({
  route: createRoute({
    operationId: "MergeSite",
    method: "post",
    path: "/v1/clinics/{clinicId}/sites/{siteId}/merge",
    summary: "Merge a site into another",
    description:
      "Moves the patients of the site in the body to the site of the path, and deletes the former. Services only.",
    tags: ["Sites"],
    request: { params: SiteParams, body: jsonBody(SiteById) },
    responses: {
      200: json(Site, "The site of the path, with the patients of both"),
      ...refusals({ 404: "No such clinic or site" }),
    },
  }),
  async handler(c) {
    const { clinicId, siteId } = c.req.valid("param");
    const { id: sourceId } = c.req.valid("json");
    return c.json(await mergeSites(c.get("ctx"), clinicId, siteId, sourceId), 200);
  },
});
