import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getPatientCount } from "../patient-count.ts";
import { ClinicParams } from "../model/schema.ts";
import { PatientCount } from "../model/settings-schema.ts";

export const getPatientCountOperation = operation({
  route: createRoute({
    operationId: "GetPatientCount",
    method: "get",
    path: "/v1/clinics/{clinicId}/patient_count",
    summary: "Get the patient count of a clinic",
    description:
      "Returns the total number of patients, how many are demo patients, how many count towards the plan, and the " +
      "states of data sources by provider. The numbers are kept current with every change.",
    tags: ["Clinics"],
    request: { params: ClinicParams },
    responses: { 200: json(PatientCount, "The numbers"), ...unchanged, ...refusals({ 404: "No such clinic" }) },
  }),
  async handler(c) {
    return tagged(c, await getPatientCount(c.get("ctx"), c.req.valid("param").clinicId));
  },
});
