import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { changeConditions, written } from "../../../platform/request/tagged.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { Patient, PatientInput, PatientParams } from "../model/schema.ts";
import { updatePatient } from "../update-patient.ts";

export const updatePatientOperation = operation({
  route: createRoute({
    operationId: "UpdatePatient",
    method: "put",
    path: "/v1/clinics/{clinicId}/patients/{patientId}",
    summary: "Update a patient",
    description:
      "Absent email, mrn and targetDevices are cleared; absent tags, sites, dataSources, glycemicRanges and " +
      "diagnosisType are kept. The address of a patient who has claimed the account is kept as well.",
    tags: ["Patients"],
    request: { params: PatientParams, body: jsonBody(PatientInput) },
    responses: {
      200: json(Patient, "The updated patient"),
      ...refusals({
        404: "No such patient of this clinic",
        409: "The e-mail address belongs to another account",
        412: "Somebody has changed the record since it had the tag of If-Match, or it is one of If-None-Match",
        422: "The clinic has no such site, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    const updated = await updatePatient(c.get("ctx"), clinicId, patientId, c.req.valid("json"), changeConditions(c));
    return written<Patient>(c, updated);
  },
});
