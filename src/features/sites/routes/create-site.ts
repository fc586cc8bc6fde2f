import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, ObjectId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { createSite } from "../create-site.ts";
import { Site, SiteCreation } from "../model/schema.ts";

export const createSiteOperation = operation({
  route: createRoute({
    operationId: "CreateSite",
    method: "post",
    path: "/v1/clinics/{clinicId}/sites",
    summary: "Add a site to a clinic",
    description:
      "Adds a site to a clinic, which has at most 50. Names must differ in more than case and accents. Admins and " +
      "services only.",
    tags: ["Sites"],
    request: { params: z.object({ clinicId: ObjectId }), body: jsonBody(SiteCreation) },
    responses: {
      200: json(Site, "The new site"),
      ...refusals({
        404: "No such clinic",
        409: "The name is taken",
        422: "The clinic has the maximum number of sites",
      }),
    },
  }),
  async handler(c) {
    const { clinicId } = c.req.valid("param");
    const { name } = c.req.valid("json");
    return c.json(await createSite(c.get("ctx"), clinicId, name), 200);
  },
});
