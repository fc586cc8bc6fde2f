import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { replacePatientCountSettings } from "../patient-count-settings.ts";
import { ClinicParams } from "../model/schema.ts";
import { PatientCountSettings } from "../model/settings-schema.ts";

export const updatePatientCountSettingsOperation = operation({
  route: createRoute({
    operationId: "UpdatePatientCountSettings",
    method: "put",
    path: "/v1/clinics/{clinicId}/settings/patient_count",
    summary: "Replace the patient limits",
    description:
      "Replaces both limits on the number of patients; an absent one is removed. They apply to clinics in the tier " +
      "tier0100 whose country is the US or not set; for other clinics the response is empty, whatever is stored. " +
      "Services only.",
    tags: ["Settings"],
    request: { params: ClinicParams, body: jsonBody(PatientCountSettings) },
    responses: {
      200: json(PatientCountSettings, "The limits that apply now"),
      ...refusals({ 404: "No such clinic" }),
    },
  }),
  async handler(c) {
    return c.json(
      await replacePatientCountSettings(c.get("ctx"), c.req.valid("param").clinicId, c.req.valid("json")),
      200,
    );
  },
});
