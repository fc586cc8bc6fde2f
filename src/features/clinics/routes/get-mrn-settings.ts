import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getMrnSettings } from "../mrn-settings.ts";
import { ClinicParams } from "../model/schema.ts";
import { MrnSettings } from "../model/settings-schema.ts";

export const getMrnSettingsOperation = operation({
  route: createRoute({
    operationId: "GetMRNSettings",
    method: "get",
    path: "/v1/clinics/{clinicId}/settings/mrn",
    summary: "Get the MRN settings",
    description:
      "Returns whether patients of the clinic need an MRN, and whether it must be unique: 404 if that was never " +
      "configured, which means neither.",
    tags: ["Settings"],
    request: { params: ClinicParams },
    responses: {
      200: json(MrnSettings, "The settings"),
      ...unchanged,
      ...refusals({ 404: "No such clinic, or never configured" }),
    },
  }),
  async handler(c) {
    return tagged(c, await getMrnSettings(c.get("ctx"), c.req.valid("param").clinicId));
  },
});
