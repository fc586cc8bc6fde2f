import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { changeConditions } from "../../../platform/request/tagged.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { Clinic, ClinicInput, ClinicParams } from "../model/schema.ts";
import { updateClinic } from "../update-clinic.ts";

export const updateClinicOperation = operation({
  route: createRoute({
    operationId: "UpdateClinic",
    method: "put",
    path: "/v1/clinics/{clinicId}",
    summary: "Update a clinic",
    description:
      "Updates the profile of a clinic. Absent fields keep their value, except phoneNumbers and timezone, which " +
      "are cleared. Admins and services only.",
    tags: ["Clinics"],
    request: { params: ClinicParams, body: jsonBody(ClinicInput) },
    responses: {
      200: json(Clinic, "The updated clinic"),
      ...refusals({
        404: "No such clinic",
        412: "Somebody has changed the clinic since it had the tag of If-Match, or it is one of If-None-Match",
      }),
    },
  }),
  async handler(c) {
    const { clinicId } = c.req.valid("param");
    return c.json(await updateClinic(c.get("ctx"), clinicId, c.req.valid("json"), changeConditions(c)), 200);
  },
});
