import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../core/wire.ts";
import { operation } from "../../request/operation.ts";
import { refusals } from "../../request/refusals.ts";
import { replaceMrnSettings } from "../mrn-settings.ts";
import { ClinicParams } from "../schema.ts";
import { MrnSettings } from "../settings-schema.ts";

export const updateMrnSettingsOperation = operation({
  route: createRoute({
    operationId: "UpdateMRNSettings",
    method: "put",
    path: "/v1/clinics/{clinicId}/settings/mrn",
    tags: ["Settings"],
    request: { params: ClinicParams, body: jsonBody(MrnSettings) },
    responses: { 200: json(MrnSettings, "The settings as they are now"), ...refusals({ 404: "No such clinic" }) },
  }),
  async handler(c) {
    return c.json(await replaceMrnSettings(c.var.ctx, c.req.valid("param").clinicId, c.req.valid("json")), 200);
  },
});
