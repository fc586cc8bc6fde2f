import { createRoute, z } from "@hono/zod-openapi";
import { sought } from "../../../platform/core/bounded-text.ts";
import { BooleanParameter, boundOf, DateTime, json, Paging, pageOf } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { listClinics } from "../list-clinics.ts";
import { Clinic } from "../model/schema.ts";
import { normalShareCode } from "../model/share-code.ts";

export const listClinicsOperation = operation({
  route: createRoute({
    operationId: "ListClinics",
    method: "get",
    path: "/v1/clinics",
    summary: "List all clinics",
    description: "Lists the clinics that match all filters, oldest first. Services only.",
    tags: ["Clinics"],
    request: {
      query: z.object({
        ...Paging,
        shareCode: sought().optional(),
        createdTimeStart: DateTime.optional().openapi({ description: "Inclusive." }),
        createdTimeEnd: DateTime.optional().openapi({ description: "Exclusive." }),
        ehrEnabled: BooleanParameter.optional().openapi({
          description: "Filters by whether EHR is enabled; clinics without EHR settings match neither value.",
        }),
      }),
    },
    responses: { 200: json(z.array(Clinic).openapi("clinics.v1"), "The clinics"), ...unchanged },
  }),
  async handler(c) {
    const query = c.req.valid("query");
    const filter = {
      shareCode: query.shareCode === undefined ? undefined : normalShareCode(query.shareCode),
      createdFrom: boundOf(query.createdTimeStart),
      createdBefore: boundOf(query.createdTimeEnd),
      ehrEnabled: query.ehrEnabled,
    };
    return tagged(c, await listClinics(c.get("ctx"), filter, pageOf(query)));
  },
});
