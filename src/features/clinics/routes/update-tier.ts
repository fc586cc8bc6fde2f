import { createRoute } from "@hono/zod-openapi";
import { jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { changeTier } from "../change-tier.ts";
import { ClinicParams } from "../model/schema.ts";
import { TierUpdate } from "../model/settings-schema.ts";

export const updateTierOperation = operation({
  route: createRoute({
    operationId: "UpdateTier",
    method: "post",
    path: "/v1/clinics/{clinicId}/tier",
    summary: "Change the tier of a clinic",
    description:
      "Moves a clinic to a tier. Its patient limits stay stored, whether or not they apply in the new tier. " +
      "Services only.",
    tags: ["Settings"],
    request: { params: ClinicParams, body: jsonBody(TierUpdate) },
    responses: { 200: { description: "The tier was updated" }, ...refusals({ 404: "No such clinic" }) },
  }),
  async handler(c) {
    await changeTier(c.get("ctx"), c.req.valid("param").clinicId, c.req.valid("json").tier);
    return c.body(null, 200);
  },
});
