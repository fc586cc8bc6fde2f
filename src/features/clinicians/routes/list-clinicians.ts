import { createRoute, z } from "@hono/zod-openapi";
import { ClinicParams } from "../../clinics/model/schema.ts";
import { sought } from "../../../platform/core/bounded-text.ts";
import { json, Paging, pageOf } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { listClinicians } from "../list-clinicians.ts";
import { Clinicians } from "../model/schema.ts";

export const listCliniciansOperation = operation({
  route: createRoute({
    operationId: "ListClinicians",
    method: "get",
    path: "/v1/clinics/{clinicId}/clinicians",
    summary: "List the clinicians of a clinic",
    description:
      "Lists members and pending invitations, newest first, or sorted by name when `search` is given. A clinician " +
      "must match all filters.",
    tags: ["Members"],
    request: {
      params: ClinicParams,
      query: z.object({
        ...Paging,
        search: sought().optional().openapi({
          description: "Matches when every word occurs in the name or the address, ignoring case and accents.",
        }),
        email: sought().optional().openapi({ format: "email", description: "The full address, ignoring case." }),
        role: sought().optional().openapi({ description: "One of the roles the clinician has." }),
      }),
    },
    responses: { 200: json(Clinicians, "The clinicians"), ...unchanged },
  }),
  async handler(c) {
    const { clinicId } = c.req.valid("param");
    const query = c.req.valid("query");
    return tagged(c, await listClinicians(c.get("ctx"), clinicId, query, pageOf(query)));
  },
});
