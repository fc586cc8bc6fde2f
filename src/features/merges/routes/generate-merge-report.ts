import { createRoute, z } from "@hono/zod-openapi";
import { jsonBody, ObjectId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { reportMerge } from "../report/report.ts";
import { MergePlanDocument, MergeReportRequest } from "../schema.ts";

const JSON_TYPE = "application/json";
/** As deployed; the content is XLSX. */
const WORKBOOK_TYPE = "application/vnd.ms-excel";

export const generateMergeReportOperation = operation({
  route: createRoute({
    operationId: "GenerateMergeReport",
    method: "post",
    path: "/v1/clinics/{clinicId}/reports/merge",
    summary: "Preview a merge of clinics",
    description:
      "Shows what a merge of the source into this clinic would do, also if its plan forbids it; nothing is " +
      "changed. `Accept: application/json` returns the plan itself; any other value returns a workbook. Services " +
      "only.",
    tags: ["Merges"],
    request: { params: z.object({ clinicId: ObjectId }), body: jsonBody(MergeReportRequest) },
    responses: {
      200: {
        description: "What merging the source into the clinic would do",
        content: {
          [WORKBOOK_TYPE]: { schema: z.string().openapi({ format: "binary", description: "An XLSX workbook." }) },
          [JSON_TYPE]: { schema: MergePlanDocument },
        },
      },
      ...refusals({ 404: "No such clinic or source" }),
    },
  }),
  async handler(c) {
    const { clinicId: targetId } = c.req.valid("param");
    const { sourceId } = c.req.valid("json");
    const isDocument = c.req.header("accept") === JSON_TYPE;
    const { body, at } = await reportMerge(c.get("ctx"), { sourceId, targetId }, isDocument ? "document" : "workbook");
    if (isDocument) return c.body(body, 200, { "content-type": JSON_TYPE });
    return c.body(body, 200, {
      "content-type": WORKBOOK_TYPE,
      "content-disposition": `attachment; filename=merge-report-${Math.floor(at / 1000)}.xlsx`,
    });
  },
});
