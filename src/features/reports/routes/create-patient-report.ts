import { createRoute } from "@hono/zod-openapi";
import { json, optionalJsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { PatientParams } from "../../patients/model/schema.ts";
import { ownersOf } from "../../device-data/calls.ts";
import { createReport } from "../create-report.ts";
import { Report, ReportInput } from "../schema.ts";

export const createPatientReportOperation = operation({
  route: createRoute({
    operationId: "CreatePatientReport",
    method: "post",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/reports",
    summary: "Create a report",
    description:
      "Makes a PDF report of the patient's glucose data as it is now, and keeps it for a year. Without a body it " +
      "has all sections. Repeating the same request within 30 seconds returns the first response.",
    tags: ["Reports"],
    request: { params: PatientParams, body: optionalJsonBody(ReportInput) },
    responses: {
      200: json(Report, "The new report"),
      ...refusals({ 404: "No such patient in the clinic" }),
    },
  }),
  repeatsBlindly: () => true,
  async handler(c) {
    const input = c.req.valid("json") ?? ReportInput.parse({});
    return c.json(await createReport(c.get("ctx"), c.env.REPORTS, ownersOf(c.env), c.req.valid("param"), input), 200);
  },
});
