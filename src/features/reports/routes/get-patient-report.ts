import { createRoute, z } from "@hono/zod-openapi";
import { answerRefusal } from "../../../platform/request/answer-error.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { readPart } from "../read-reports.ts";
import { ReportParams } from "../schema.ts";

const PDF = "application/pdf";
const document = { [PDF]: { schema: z.string().openapi({ format: "binary", description: "A PDF document." }) } };

export const getPatientReportOperation = operation({
  route: createRoute({
    operationId: "GetPatientReport",
    method: "get",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/reports/{reportId}",
    summary: "Download a report",
    description:
      "Returns a stored PDF report. Supports `If-None-Match`, `If-Match`, and `Range` with one range of bytes, " +
      "with `If-Range`. The patient may call it as well.",
    tags: ["Reports"],
    request: { params: ReportParams },
    responses: {
      200: { description: "The report", content: document },
      206: { description: "The bytes asked for", content: document },
      304: { description: "The caller has the report already" },
      ...refusals({
        404: "No such report of the patient",
        412: "The report is not the one of If-Match",
        416: "The range is beyond the end of the report",
      }),
    },
  }),
  async handler(c) {
    const conditions = {
      ifMatch: c.req.header("if-match"),
      ifNoneMatch: c.req.header("if-none-match"),
      ifRange: c.req.header("if-range"),
      // HTTP defines ranges of GET alone: HEAD tells of the whole.
      range: c.req.method === "HEAD" ? undefined : c.req.header("range"),
    };
    const part = await readPart(c.get("ctx"), c.env.REPORTS, c.req.valid("param"), conditions);
    c.header("etag", part.etag);
    c.header("accept-ranges", "bytes");
    if (!("body" in part)) {
      if (part.status === 304) return c.body(null, 304);
      if (part.status === 412)
        return answerRefusal(c, {
          status: 412,
          code: "preconditionFailed",
          message: "the report is not the one of If-Match",
        });
      c.header("content-range", `bytes */${part.size}`);
      return answerRefusal(c, {
        status: 416,
        code: "rangeNotSatisfiable",
        message: "the range is beyond the end of the report",
      });
    }
    c.header("content-type", PDF);
    // Says nothing of the patient, and is a token in every header syntax.
    c.header("content-disposition", `attachment; filename="glucose-report-${part.createdOn}.pdf"`);
    c.header("content-length", String(part.end - part.start + 1));
    if (part.status === 206) c.header("content-range", `bytes ${part.start}-${part.end}/${part.size}`);
    return c.body(part.body, part.status);
  },
});
