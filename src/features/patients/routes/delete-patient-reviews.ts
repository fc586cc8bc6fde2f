import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { revertReview } from "../reviews/revert-review.ts";
import { PatientParams, PatientReviews } from "../model/schema.ts";

export const deletePatientReviewsOperation = operation({
  route: createRoute({
    operationId: "DeletePatientReviews",
    method: "delete",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/reviews",
    summary: "Revert the latest review",
    description:
      "Removes the newest review, which must be the caller's own; the one before it is the newest again. Repeating " +
      "the request within 30 seconds removes no other. Services are refused.",
    tags: ["Patients"],
    request: { params: PatientParams },
    responses: {
      200: json(PatientReviews, "The remaining reviews"),
      ...refusals({
        404: "No such patient of this clinic, or no review",
        409: "The newest review is another clinician's",
      }),
    },
  }),
  repeatsBlindly: () => true,
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    return c.json(await revertReview(c.get("ctx"), clinicId, patientId), 200);
  },
});
