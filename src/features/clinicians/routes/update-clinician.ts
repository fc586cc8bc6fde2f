import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { Clinician, ClinicianParams, ClinicianUpdate } from "../model/schema.ts";
import { updateClinician } from "../update-clinician.ts";

export const updateClinicianOperation = operation({
  route: createRoute({
    operationId: "UpdateClinician",
    method: "put",
    path: "/v1/clinics/{clinicId}/clinicians/{clinicianId}",
    summary: "Update a clinician",
    description:
      "Updates the name and the roles; an absent name is cleared. A member whose roles change is told by mail. The " +
      "only admin of a clinic can't give up that role. Admins and services only.",
    tags: ["Members"],
    request: { params: ClinicianParams, body: jsonBody(ClinicianUpdate) },
    responses: {
      200: json(Clinician, "The updated clinician"),
      ...refusals({
        404: "No such clinic or clinician",
        422: "The clinician is the clinic's only admin, or the clinic is not migrated",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, clinicianId } = c.req.valid("param");
    return c.json(await updateClinician(c.get("ctx"), clinicId, clinicianId, c.req.valid("json")), 200);
  },
});
