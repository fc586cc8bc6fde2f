import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { addReview } from "../reviews/add-review.ts";
import { PatientParams, PatientReviews } from "../model/schema.ts";

export const updatePatientReviewsOperation = operation({
  route: createRoute({
    operationId: "UpdatePatientReviews",
    method: "put",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/reviews",
    summary: "Mark a patient as reviewed",
    description:
      "Records that the caller has reviewed the patient; the newest two reviews are kept. No review is added " +
      "within 30 seconds of the newest one if that is the caller's own. The body is ignored, and services are " +
      "refused.",
    tags: ["Patients"],
    request: { params: PatientParams },
    responses: {
      200: json(PatientReviews, "The updated reviews"),
      ...refusals({
        404: "No such patient of this clinic",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    return c.json(await addReview(c.get("ctx"), clinicId, patientId), 200);
  },
});
