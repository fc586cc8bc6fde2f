import { z } from "@hono/zod-openapi";

/** What Xealth sends and gets. Its requests are read by hand: what is absent or of another type is refused by its own words. */

export const PreorderRequest = z.looseObject({}).openapi("xealthPreorder");
export const NotificationRequest = z.looseObject({}).openapi("xealthNotification");
export const ProgramsRequest = z.looseObject({}).openapi("xealthGetPrograms");
export const ProgramUrlRequest = z.looseObject({}).openapi("xealthGetProgramUrl");

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

export const PreorderResponse = Form.partial().openapi("xealthPreorderForm");
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
