import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { deleteClinic } from "../delete-clinic.ts";
import { ClinicParams } from "../model/schema.ts";

export const deleteClinicOperation = operation({
  route: createRoute({
    operationId: "DeleteClinic",
    method: "delete",
    path: "/v1/clinics/{clinicId}",
    summary: "Delete a clinic",
    description:
      "Deletes a clinic and its memberships, and cancels its pending invitations. Refused with 400 while the " +
      "clinic has patients other than the demo patient. Admins and services only.",
    tags: ["Clinics"],
    request: { params: ClinicParams },
    responses: { 204: { description: "The clinic was deleted" }, ...refusals({ 404: "No such clinic" }) },
  }),
  async handler(c) {
    await deleteClinic(c.get("ctx"), c.req.valid("param").clinicId);
    return c.body(null, 204);
  },
});
