import { createRoute, z } from "@hono/zod-openapi";
import { json, Paging, pageOf, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { listClinicsOf } from "../list-relationships.ts";
import { ClinicianClinicRelationships } from "../model/schema.ts";

export const listClinicsForClinicianOperation = operation({
  route: createRoute({
    operationId: "ListClinicsForClinician",
    method: "get",
    path: "/v1/clinicians/{userId}/clinics",
    summary: "List the clinics of a clinician",
    description:
      "Lists a person's memberships, newest first. Invitations are not included. The person themselves and " +
      "services only.",
    tags: ["Members"],
    request: { params: z.object({ userId: UserId }), query: z.object(Paging) },
    responses: { 200: json(ClinicianClinicRelationships, "The memberships, each with its clinic"), ...unchanged },
  }),
  async handler(c) {
    return tagged(c, await listClinicsOf(c.get("ctx"), c.req.valid("param").userId, pageOf(c.req.valid("query"))));
  },
});
