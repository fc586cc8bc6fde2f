import { createRoute, z } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { SummaryId } from "../../summaries/schema.ts";
import { deleteSummary } from "../summary/delete-summary.ts";

export const deletePatientSummaryOperation = operation({
  route: createRoute({
    operationId: "DeletePatientSummary",
    method: "delete",
    path: "/v1/summaries/{summaryId}/clinics",
    summary: "Delete a summary from all records",
    description: "Deletes a summary from every record that has it. Their `updatedTime` stays. Services only.",
    tags: ["Patients"],
    request: { params: z.object({ summaryId: SummaryId }) },
    responses: {
      200: { description: "The summary was deleted" },
      204: { description: "No record has the summary" },
    },
  }),
  async handler(c) {
    const isGone = await deleteSummary(c.get("ctx"), c.req.valid("param").summaryId);
    return isGone ? c.body(null, 200) : c.body(null, 204);
  },
});
