import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getPatientCountSettings } from "../patient-count-settings.ts";
import { ClinicParams } from "../model/schema.ts";
import { PatientCountSettings } from "../model/settings-schema.ts";

export const getPatientCountSettingsOperation = operation({
  route: createRoute({
    operationId: "GetPatientCountSettings",
    method: "get",
    path: "/v1/clinics/{clinicId}/settings/patient_count",
    summary: "Get the patient limits",
    description:
      "Returns the limits on the number of patients. They apply to clinics in the tier tier0100 whose country is " +
      "the US or not set; for other clinics the response is empty, whatever is stored.",
    tags: ["Settings"],
    request: { params: ClinicParams },
    responses: {
      200: json(PatientCountSettings, "The limits that apply"),
      ...unchanged,
      ...refusals({ 404: "No such clinic" }),
    },
  }),
  async handler(c) {
    return tagged(c, await getPatientCountSettings(c.get("ctx"), c.req.valid("param").clinicId));
  },
});
