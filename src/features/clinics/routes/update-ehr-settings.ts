import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { replaceEhrSettings } from "../ehr-settings.ts";
import { ClinicParams } from "../model/schema.ts";
import { EhrSettings } from "../model/settings-schema.ts";

export const updateEhrSettingsOperation = operation({
  route: createRoute({
    operationId: "UpdateEHRSettings",
    method: "put",
    path: "/v1/clinics/{clinicId}/settings/ehr",
    summary: "Replace the EHR settings",
    description:
      "Replaces all EHR settings of a clinic and schedules its syncs accordingly. Subscriptions of patients are " +
      "kept. Services only.",
    tags: ["Settings"],
    request: { params: ClinicParams, body: jsonBody(EhrSettings) },
    responses: { 200: json(EhrSettings, "The updated settings"), ...refusals({ 404: "No such clinic" }) },
  }),
  async handler(c) {
    return c.json(await replaceEhrSettings(c.get("ctx"), c.req.valid("param").clinicId, c.req.valid("json")), 200);
  },
});
