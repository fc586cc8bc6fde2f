import { createRoute, z } from "@hono/zod-openapi";
import { json, Paging, pageOf } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { PatientParams } from "../../patients/model/schema.ts";
import { ListedPatientMerges } from "../schema.ts";
import { listPatientMerges } from "../view.ts";

export const listPatientMergesOperation = operation({
  route: createRoute({
    operationId: "ListPatientMerges",
    method: "get",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/merges",
    summary: "List the merges of a patient",
    description:
      "Returns the merges that the patient was ever part of, newest first; also for the id of a record that went.",
    tags: ["Merges"],
    request: { params: PatientParams, query: z.object(Paging) },
    responses: {
      200: json(ListedPatientMerges, "The merges"),
      ...refusals({ 404: "No such patient of this clinic, ever" }),
    },
  }),
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    return c.json(await listPatientMerges(c.get("ctx"), clinicId, patientId, pageOf(c.req.valid("query"))), 200);
  },
});
