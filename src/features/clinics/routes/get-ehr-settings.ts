import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getEhrSettings } from "../ehr-settings.ts";
import { ClinicParams } from "../model/schema.ts";
import { EhrSettings } from "../model/settings-schema.ts";

export const getEhrSettingsOperation = operation({
  route: createRoute({
    operationId: "GetEHRSettings",
    method: "get",
    path: "/v1/clinics/{clinicId}/settings/ehr",
    summary: "Get the EHR settings",
    description: "Returns how the clinic is connected to its EHR: 404 if that was never configured.",
    tags: ["Settings"],
    request: { params: ClinicParams },
    responses: {
      200: json(EhrSettings, "The settings"),
      ...unchanged,
      ...refusals({ 404: "No such clinic, or never configured" }),
    },
  }),
  async handler(c) {
    return tagged(c, await getEhrSettings(c.get("ctx"), c.req.valid("param").clinicId));
  },
});
