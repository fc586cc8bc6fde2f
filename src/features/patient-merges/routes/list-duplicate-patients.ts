import { createRoute, z } from "@hono/zod-openapi";
import { json, ObjectId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { listDuplicates } from "../duplicates/list-duplicates.ts";
import { askedOf, DuplicatePatients, DuplicatesQuery } from "../duplicates/schema.ts";

export const listDuplicatePatientsOperation = operation({
  route: createRoute({
    operationId: "ListDuplicatePatients",
    method: "get",
    path: "/v1/clinics/{clinicId}/patients/duplicates",
    summary: "List patients that may be one person",
    description:
      "Returns pairs of records that share MRN, name or birth date, each pair once, with the record that is suggested to " +
      "stay. Pairs marked as distinct are left out until they share more than then; `marked` lists all marked ones instead. " +
      "More than ten records that share the same are a crowd, and not paired. A page may have more pairs than `limit`, or " +
      "fewer: as long as there is `meta.next` there may be more, behind that `cursor`.",
    tags: ["Merges"],
    request: { params: z.object({ clinicId: ObjectId }), query: DuplicatesQuery },
    responses: { 200: json(DuplicatePatients, "A page of them") },
  }),
  async handler(c) {
    const asked = askedOf(c.req.valid("query"));
    return c.json(await listDuplicates(c.get("ctx"), c.req.valid("param").clinicId, asked), 200);
  },
});
