import { createRoute, z } from "@hono/zod-openapi";
import { json, pageOf, Paging } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { PatientParams } from "../../patients/model/schema.ts";
import { listReportsOf } from "../read-reports.ts";
import { Reports } from "../schema.ts";

export const listPatientReportsOperation = operation({
  route: createRoute({
    operationId: "ListPatientReports",
    method: "get",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/reports",
    summary: "List the reports of a patient",
    description: "Lists the stored PDF reports of a patient, newest first. The patient may call it as well.",
    tags: ["Reports"],
    request: { params: PatientParams, query: z.object(Paging) },
    responses: {
      200: json(Reports, "The reports"),
      ...unchanged,
      ...refusals({ 404: "No such patient in the clinic" }),
    },
  }),
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    return tagged(c, await listReportsOf(c.get("ctx"), clinicId, patientId, pageOf(c.req.valid("query"))));
  },
});
