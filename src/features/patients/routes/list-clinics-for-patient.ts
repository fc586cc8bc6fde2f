import { createRoute, z } from "@hono/zod-openapi";
import { json, Paging, pageOf, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { taggedBytes, unchanged } from "../../../platform/request/tagged.ts";
import { listClinicsOfPatient } from "../list-clinics-of-patient.ts";
import { type PatientClinicRelationship, PatientClinicRelationships } from "../model/schema.ts";

export const listClinicsForPatientOperation = operation({
  route: createRoute({
    operationId: "ListClinicsForPatient",
    method: "get",
    path: "/v1/patients/{userId}/clinics",
    summary: "List the clinics of a patient",
    description:
      "Lists the records that clinics have of a person, sorted by the patient's name in each clinic. The person " +
      "themselves and services only.",
    tags: ["Patients"],
    request: { params: z.object({ userId: UserId }), query: z.object(Paging) },
    responses: { 200: json(PatientClinicRelationships, "The patient's records, each with its clinic"), ...unchanged },
  }),
  async handler(c) {
    const { userId } = c.req.valid("param");
    return taggedBytes<PatientClinicRelationship[]>(
      c,
      await listClinicsOfPatient(c.get("ctx"), userId, pageOf(c.req.valid("query"))),
    );
  },
});
