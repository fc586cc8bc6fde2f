import { createRoute } from "@hono/zod-openapi";
import { json } from "../../core/wire.ts";
import { operation } from "../../request/operation.ts";
import { refusals } from "../../request/refusals.ts";
import { getPatientCount } from "../patient-count.ts";
import { ClinicParams } from "../schema.ts";
import { PatientCount } from "../settings-schema.ts";

export const getPatientCountOperation = operation({
  route: createRoute({
    operationId: "GetPatientCount",
    method: "get",
    path: "/v1/clinics/{clinicId}/patient_count",
    tags: ["Clinics"],
    request: { params: ClinicParams },
    responses: { 200: json(PatientCount, "The numbers"), ...refusals({ 404: "No such clinic" }) },
  }),
  async handler(c) {
    return c.json(await getPatientCount(c.var.ctx, c.req.valid("param").clinicId), 200);
  },
});
