import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { deleteClinician } from "../delete-clinician.ts";
import { ClinicianParams } from "../model/schema.ts";

export const deleteClinicianOperation = operation({
  route: createRoute({
    operationId: "DeleteClinician",
    method: "delete",
    path: "/v1/clinics/{clinicId}/clinicians/{clinicianId}",
    summary: "Remove a clinician from a clinic",
    description:
      "Ends a membership. Members may remove themselves; others are removed by admins and services. The only admin " +
      "of a clinic can't be removed.",
    tags: ["Members"],
    request: { params: ClinicianParams },
    responses: {
      200: { description: "The clinician is no longer a member" },
      ...refusals({
        404: "No such clinic or clinician",
        422: "The clinician is the clinic's only admin, or the clinic is not migrated",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, clinicianId } = c.req.valid("param");
    await deleteClinician(c.get("ctx"), clinicId, clinicianId);
    return c.body(null, 200);
  },
});
