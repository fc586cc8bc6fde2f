import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { taggedState, unchanged } from "../../../platform/request/tagged.ts";
import { getClinic } from "../get-clinic.ts";
import { Clinic, ClinicParams } from "../model/schema.ts";

export const getClinicOperation = operation({
  route: createRoute({
    operationId: "GetClinic",
    method: "get",
    path: "/v1/clinics/{clinicId}",
    summary: "Get a clinic",
    description: "Returns a clinic with its sites and tags. Any person who is signed in may call it.",
    tags: ["Clinics"],
    request: { params: ClinicParams },
    responses: { 200: json(Clinic, "The clinic"), ...unchanged, ...refusals({ 404: "No such clinic" }) },
  }),
  async handler(c) {
    return taggedState<Clinic>(c, await getClinic(c.get("ctx"), c.req.valid("param").clinicId));
  },
});
