import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { deleteSite } from "../delete-site.ts";
import { SiteParams } from "../model/schema.ts";

export const deleteSiteOperation = operation({
  route: createRoute({
    operationId: "DeleteSite",
    method: "delete",
    path: "/v1/clinics/{clinicId}/sites/{siteId}",
    summary: "Delete a site",
    description: "Deletes a site and removes it from all patients. Admins and services only.",
    tags: ["Sites"],
    request: { params: SiteParams },
    responses: { 204: { description: "The site was deleted" }, ...refusals({ 404: "No such clinic or site" }) },
  }),
  async handler(c) {
    const { clinicId, siteId } = c.req.valid("param");
    await deleteSite(c.get("ctx"), clinicId, siteId);
    return c.body(null, 204);
  },
});
