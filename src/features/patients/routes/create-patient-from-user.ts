import { createRoute } from "@hono/zod-openapi";
import { json, optionalJsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { createPatientFromUser } from "../create-patient-from-user.ts";
import { Patient, PatientFromUserInput, PatientParams } from "../model/schema.ts";

export const createPatientFromUserOperation = operation({
  route: createRoute({
    operationId: "CreatePatientFromUser",
    method: "post",
    path: "/v1/clinics/{clinicId}/patients/{patientId}",
    summary: "Add a user as patient",
    description:
      "Adds an existing user to a clinic. Fields absent from the body are taken from their account. If the user is " +
      "a patient already, `legacyClinicianId` is added to the record; without it 409. Services only.",
    tags: ["Patients"],
    request: { params: PatientParams, body: optionalJsonBody(PatientFromUserInput) },
    responses: {
      200: json(Patient, "The patient"),
      ...refusals({
        402: "The clinic has reached the patient limit of its plan",
        404: "No such clinic or user",
        409: "The user is already a patient of the clinic",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    const input = c.req.valid("json") ?? {};
    return c.json(await createPatientFromUser(c.get("ctx"), clinicId, patientId, input), 200);
  },
});
