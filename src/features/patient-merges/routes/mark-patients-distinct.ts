import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { setDistinct } from "../duplicates/mark-distinct.ts";
import { PairParams } from "../duplicates/schema.ts";

export const markPatientsDistinctOperation = operation({
  route: createRoute({
    operationId: "MarkPatientsDistinct",
    method: "put",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/distinct_from/{otherPatientId}",
    summary: "Mark two patients as distinct",
    description:
      "Says that two records are two people: they are no longer listed as alike until they share something they did not share " +
      "then, and merging them has to be agreed with. Without effect where they are marked. Members only.",
    tags: ["Merges"],
    request: { params: PairParams },
    responses: {
      204: { description: "They are marked" },
      ...refusals({ 404: "No such patient of this clinic, or no such other one" }),
    },
  }),
  async handler(c) {
    await setDistinct(c.get("ctx"), c.req.valid("param"), true);
    return c.body(null, 204);
  },
});
