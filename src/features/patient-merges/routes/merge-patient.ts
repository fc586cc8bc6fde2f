import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { PatientParams } from "../../patients/model/schema.ts";
import { mergePatients, previewMerge } from "../merge-patients.ts";
import {
  DryRun,
  MergeBlocked,
  MergeConflict,
  MergePatientInput,
  PatientMerge,
  PatientMergePlan,
  planned,
} from "../schema.ts";

export const mergePatientOperation = operation({
  route: createRoute({
    operationId: "MergePatient",
    method: "post",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/merge",
    summary: "Merge a record into this patient",
    description:
      "The record of the path stays, with its account; the source's is archived and its id leads to this one. Blanks are " +
      "filled from the source; `take` names fields that come from it in any case. `accept` names what the caller has seen " +
      "and agrees with. With `dryRun` only the plan is returned; with `plan` the merge is done only if it is still that " +
      "one. Admins only.",
    tags: ["Merges"],
    request: { params: PatientParams, query: DryRun, body: jsonBody(MergePatientInput) },
    responses: {
      200: json(
        z.discriminatedUnion("state", [PatientMerge, PatientMergePlan]),
        "The merge; the plan of it for a dry run",
      ),
      400: json(MergeBlocked, "The plan does not allow the merge, or the request is malformed"),
      ...refusals({ 404: "No such patient of this clinic, or no such source" }),
      409: json(MergeConflict, "The plan is another one by now, or the clinic is being merged"),
    },
  }),
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    const { sourceId, take, accept, plan } = c.req.valid("json");
    const request = { clinicId, targetId: patientId, sourceId, take, accept, plan };
    const ctx = c.get("ctx");
    if (c.req.valid("query").dryRun)
      return c.json(planned(await previewMerge(ctx, request)) as z.output<typeof PatientMergePlan>, 200);
    return c.json(await mergePatients(ctx, request), 200);
  },
});
