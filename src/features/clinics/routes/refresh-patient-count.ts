import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { refreshPatientCount } from "../patient-count.ts";
import { ClinicParams } from "../model/schema.ts";

export const refreshPatientCountOperation = operation({
  route: createRoute({
    operationId: "RefreshPatientCount",
    method: "post",
    path: "/v1/clinics/{clinicId}/patient_count/refresh",
    summary: "Recount the patients of a clinic",
    description:
      "Recounts the patients of a clinic, of its tags and of its sites. Only needed after records were changed " +
      "outside this API. Services only.",
    tags: ["Clinics"],
    request: { params: ClinicParams },
    responses: { 200: { description: "The numbers are recounted" }, ...refusals({ 404: "No such clinic" }) },
  }),
  async handler(c) {
    await refreshPatientCount(c.get("ctx"), c.req.valid("param").clinicId);
    return c.body(null, 200);
  },
});
