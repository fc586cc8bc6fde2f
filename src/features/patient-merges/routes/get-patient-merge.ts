import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { PatientMerge, PatientMergeParams } from "../schema.ts";
import { getPatientMerge } from "../view.ts";

export const getPatientMergeOperation = operation({
  route: createRoute({
    operationId: "GetPatientMerge",
    method: "get",
    path: "/v1/clinics/{clinicId}/patient_merges/{mergeId}",
    summary: "Get a merge of two patients",
    description: "Returns what a merge did, and the record that stayed. Values are left out 31 days after the merge.",
    tags: ["Merges"],
    request: { params: PatientMergeParams },
    responses: { 200: json(PatientMerge, "The merge"), ...refusals({ 404: "No such merge of this clinic" }) },
  }),
  async handler(c) {
    const { clinicId, mergeId } = c.req.valid("param");
    return c.json(await getPatientMerge(c.get("ctx"), clinicId, mergeId), 200);
  },
});
