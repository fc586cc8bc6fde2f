import { createRoute, z } from "@hono/zod-openapi";
import { boundOf, DateTime, json, Paging, pageOf } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { listAllClinicians } from "../list-relationships.ts";
import { ClinicianClinicRelationships } from "../model/schema.ts";

// The deployed service refuses every caller here and ignores the time bounds, see docs/differences.md (list-all-clinicians).
export const listAllCliniciansOperation = operation({
  route: createRoute({
    operationId: "ListAllClinicians",
    method: "get",
    path: "/v1/clinicians",
    summary: "List the clinicians of all clinics",
    description: "Lists the members and pending invitations of every clinic, newest first. Services only.",
    tags: ["Members"],
    request: {
      query: z.object({
        ...Paging,
        createdTimeStart: DateTime.optional().openapi({ description: "Inclusive." }),
        createdTimeEnd: DateTime.optional().openapi({ description: "Exclusive." }),
      }),
    },
    responses: { 200: json(ClinicianClinicRelationships, "The clinicians, each with its clinic") },
  }),
  async handler(c) {
    const query = c.req.valid("query");
    const [from, before] = [boundOf(query.createdTimeStart), boundOf(query.createdTimeEnd)];
    return c.json(await listAllClinicians(c.get("ctx"), from, before, pageOf(query)), 200);
  },
});
