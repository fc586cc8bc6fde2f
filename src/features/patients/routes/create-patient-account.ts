import { createRoute } from "@hono/zod-openapi";
import { ClinicParams } from "../../clinics/model/schema.ts";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { createCustodialPatient } from "../custody/create-custodial-patient.ts";
import { Patient, PatientInput } from "../model/schema.ts";

export const createPatientAccountOperation = operation({
  route: createRoute({
    operationId: "CreatePatientAccount",
    method: "post",
    path: "/v1/clinics/{clinicId}/patients",
    summary: "Create a patient account",
    description:
      "Creates a patient with an account in the clinic's custody; a patient with an e-mail address is invited to " +
      "claim it. Unknown tag ids are dropped. Without an e-mail address, repeating the same request within 30 " +
      "seconds returns the first response: clients retry without a key.",
    tags: ["Patients"],
    request: { params: ClinicParams, body: jsonBody(PatientInput) },
    responses: {
      200: json(Patient, "The new patient, with a custodial account"),
      ...refusals({
        402: "The clinic has reached the patient limit of its plan",
        404: "No such clinic",
        409: "The e-mail address belongs to another account",
        422: "The clinic has no such site, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  repeatsBlindly: (body) => !(body as { email?: string }).email,
  async handler(c) {
    const { clinicId } = c.req.valid("param");
    return c.json(await createCustodialPatient(c.get("ctx"), clinicId, c.req.valid("json")), 200);
  },
});
