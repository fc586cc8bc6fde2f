import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { setDistinct } from "../duplicates/mark-distinct.ts";
import { PairParams } from "../duplicates/schema.ts";

export const unmarkPatientsDistinctOperation = operation({
  route: createRoute({
    operationId: "UnmarkPatientsDistinct",
    method: "delete",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/distinct_from/{otherPatientId}",
    summary: "Take back that two patients are distinct",
    description:
      "Takes the mark of two records away, which may be listed as alike again. Without effect where there is none. Members only.",
    tags: ["Merges"],
    request: { params: PairParams },
    responses: {
      204: { description: "They are not marked" },
      ...refusals({ 404: "No such patient of this clinic, or no such other one" }),
    },
  }),
  async handler(c) {
    await setDistinct(c.get("ctx"), c.req.valid("param"), false);
    return c.body(null, 204);
  },
});
