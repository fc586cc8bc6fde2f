import { createRoute, z } from "@hono/zod-openapi";
import { sought } from "../../../platform/core/bounded-text.ts";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getClinicByShareCode } from "../get-clinic.ts";
import { Clinic } from "../model/schema.ts";

export const getClinicByShareCodeOperation = operation({
  route: createRoute({
    operationId: "GetClinicByShareCode",
    method: "get",
    path: "/v1/clinics/share_code/{shareCode}",
    summary: "Find a clinic by share code",
    description:
      "Finds a clinic by any of its current or former share codes, ignoring case. Any person who is signed in may " +
      "call it.",
    tags: ["Clinics"],
    request: { params: z.object({ shareCode: sought() }) },
    responses: { 200: json(Clinic, "The clinic"), ...refusals({ 404: "No clinic has this code" }) },
  }),
  async handler(c) {
    return c.json(await getClinicByShareCode(c.get("ctx"), c.req.valid("param").shareCode), 200);
  },
});
