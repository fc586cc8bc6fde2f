import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { written } from "../../../platform/request/tagged.ts";
import { remindToUpload } from "../connections/remind-to-upload.ts";
import { Patient, PatientParams } from "../model/schema.ts";

export const sendUploadReminderOperation = operation({
  route: createRoute({
    operationId: "SendUploadReminder",
    method: "post",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/upload_reminder",
    summary: "Remind a patient to upload",
    description:
      "Reminds the patient to upload data, by mail to the address in the clinic's record. Repeating the same " +
      "request within 30 seconds returns the first response and sends no mail. Services are refused.",
    tags: ["Patients"],
    request: { params: PatientParams },
    responses: {
      200: json(Patient, "The updated patient"),
      ...refusals({ 404: "No such patient of this clinic" }),
    },
  }),
  repeatsBlindly: () => true,
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    return written<Patient>(c, await remindToUpload(c.get("ctx"), clinicId, patientId));
  },
});
