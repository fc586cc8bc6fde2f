import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getClinician } from "../get-clinician.ts";
import { Clinician, ClinicianParams } from "../model/schema.ts";

export const getClinicianOperation = operation({
  route: createRoute({
    operationId: "GetClinician",
    method: "get",
    path: "/v1/clinics/{clinicId}/clinicians/{clinicianId}",
    summary: "Get a clinician",
    description: "Returns a member of the clinic. Pending invitations are not found here.",
    tags: ["Members"],
    request: { params: ClinicianParams },
    responses: { 200: json(Clinician, "The clinician"), ...unchanged, ...refusals({ 404: "No such member" }) },
  }),
  async handler(c) {
    const { clinicId, clinicianId } = c.req.valid("param");
    return tagged(c, await getClinician(c.get("ctx"), clinicId, clinicianId));
  },
});
