import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { renameSite } from "../rename-site.ts";
import { Site, SiteParams, SiteUpdate } from "../model/schema.ts";

export const updateSiteOperation = operation({
  route: createRoute({
    operationId: "UpdateSite",
    method: "put",
    path: "/v1/clinics/{clinicId}/sites/{siteId}",
    summary: "Rename a site",
    description: "Changes the name of a site, which its patients show at once. Admins and services only.",
    tags: ["Sites"],
    request: { params: SiteParams, body: jsonBody(SiteUpdate) },
    responses: {
      200: json(Site, "The site under its new name"),
      ...refusals({ 404: "No such clinic or site", 409: "The name is taken" }),
    },
  }),
  async handler(c) {
    const { clinicId, siteId } = c.req.valid("param");
    const { name } = c.req.valid("json");
    return c.json(await renameSite(c.get("ctx"), clinicId, siteId, name), 200);
  },
});
