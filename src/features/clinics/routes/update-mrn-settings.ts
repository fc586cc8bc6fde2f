import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { replaceMrnSettings } from "../mrn-settings.ts";
import { ClinicParams } from "../model/schema.ts";
import { MrnSettings } from "../model/settings-schema.ts";

export const updateMrnSettingsOperation = operation({
  route: createRoute({
    operationId: "UpdateMRNSettings",
    method: "put",
    path: "/v1/clinics/{clinicId}/settings/mrn",
    summary: "Replace the MRN settings",
    description:
      "Sets whether patients of the clinic need an MRN, and whether it must be unique. Existing records may break " +
      "the rules until they are edited. Services only.",
    tags: ["Settings"],
    request: { params: ClinicParams, body: jsonBody(MrnSettings) },
    responses: { 200: json(MrnSettings, "The updated settings"), ...refusals({ 404: "No such clinic" }) },
  }),
  async handler(c) {
    return c.json(await replaceMrnSettings(c.get("ctx"), c.req.valid("param").clinicId, c.req.valid("json")), 200);
  },
});
