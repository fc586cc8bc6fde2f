import { createRoute } from "@hono/zod-openapi";
import { json } from "../../core/wire.ts";
import { operation } from "../../request/operation.ts";
import { refusals } from "../../request/refusals.ts";
import { getMrnSettings } from "../mrn-settings.ts";
import { ClinicParams } from "../schema.ts";
import { MrnSettings } from "../settings-schema.ts";

export const getMrnSettingsOperation = operation({
  route: createRoute({
    operationId: "GetMRNSettings",
    method: "get",
    path: "/v1/clinics/{clinicId}/settings/mrn",
    tags: ["Settings"],
    request: { params: ClinicParams },
    responses: { 200: json(MrnSettings, "The settings"), ...refusals({ 404: "No such clinic, or never configured" }) },
  }),
  async handler(c) {
    return c.json(await getMrnSettings(c.var.ctx, c.req.valid("param").clinicId), 200);
  },
});
