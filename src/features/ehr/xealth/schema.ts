import { z } from "@hono/zod-openapi";

/** What Xealth sends and gets. Its requests are read by hand: what is absent or of another type is refused by its own words. */

const about =
  "Needed: deployment (the clinic's sourceId), patientIdentity.ids with an id of the clinic's mrnIdType, " +
  "datasets.demographicsV1 with name and birthDate. At most 1 MiB and 32 levels; other fields are ignored.";

const patientIdentity = { ids: [{ id: "77", type: "MRN", origin: "epic" }] };
const demographicsV1 = {
  name: { given: ["Ana"], family: ["Gil"] },
  birthDate: "1990-02-03",
  telecom: [{ system: "email", value: "ana@example.org" }],
};
const subject = {
  deployment: "demo-health",
  programId: "glucose-reports",
  patientIdentity,
  datasets: { demographicsV1 },
};

export const PreorderRequest = z.looseObject({}).openapi("xealthPreorder", {
  description: `eventType is preorder, eventContext initial or subsequent; subsequent has formData with dataTrackingId and userInput. ${about}`,
  example: { eventType: "preorder", eventContext: "initial", ...subject },
});

export const NotificationRequest = z.looseObject({}).openapi("xealthNotification", {
  description:
    "An event of an order: eventType order, eventContext new or cancel, eventId, eventTimeStamp, orderId, deployment and " +
    "programId. The order is read back from Xealth. At most 1 MiB and 32 levels.",
  example: {
    eventId: "e1",
    eventType: "order",
    eventContext: "new",
    eventTimeStamp: "2026-03-01T09:30:00Z",
    orderId: "o1",
    deployment: "demo-health",
    programId: "glucose-reports",
    partnerId: "clinics",
    patientIdentity,
  },
});

const ehrUserV1 = { userId: "clinician-1" };

export const ProgramsRequest = z.looseObject({}).openapi("xealthGetPrograms", {
  description: `datasets.ehrUserV1.userId says who looks. ${about}`,
  example: { eventType: "getPrograms", eventContext: "initial", ...subject, datasets: { demographicsV1, ehrUserV1 } },
});

export const ProgramUrlRequest = z.looseObject({}).openapi("xealthGetProgramUrl", {
  description: `programId is that of the order. ${about}`,
  example: { eventType: "getProgramUrl", eventContext: "initial", ...subject, datasets: { demographicsV1, ehrUserV1 } },
});

const anyObject = z.looseObject({});

const Form = z.object({
  dataTrackingId: z.string(),
  notOrderable: z.boolean().openapi({ description: "True: an error is shown, and nothing can be submitted." }),
  preorderFormInfo: z.object({
    formId: z.enum(["patient_enrollment_form", "guardian_enrollment_form", "error_form"]),
    formData: anyObject,
    formSchema: anyObject,
    uiSchema: anyObject,
  }),
});
export type Form = z.output<typeof Form>;

export const PreorderResponse = Form.partial().openapi("xealthPreorderForm", {
  description: "A form of react-jsonschema-form, or the empty object: nothing more to ask, the order may be placed.",
});
export type PreorderResponse = z.output<typeof PreorderResponse>;

const Program = z
  .object({
    title: z.string(),
    programId: z.string().optional(),
    enrolledDate: z.string().optional().openapi({ format: "date" }),
    hasStatusView: z.boolean().openapi({ description: "Whether there is data to see." }),
    has_alert: z.boolean().openapi({ description: "Whether there is data that this person has not asked for yet." }),
    description: z.string(),
  })
  .openapi("xealthProgram");
export type Program = z.output<typeof Program>;

export const ProgramsResponse = z
  .object({ present: z.boolean(), programs: z.array(Program).optional() })
  .openapi("xealthProgramsResponse");
export type ProgramsResponse = z.output<typeof ProgramsResponse>;

export const ProgramUrlResponse = z
  .object({
    url: z.string().openapi({ format: "uri", description: "Opens the reports for an hour. Contains a secret." }),
  })
  .openapi("xealthProgramUrlResponse");
