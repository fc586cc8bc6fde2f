import { z } from "@hono/zod-openapi";
import { CODE_LENGTH_MAX, list, text } from "../../../platform/core/bounded-text.ts";
import { Clinic } from "../../clinics/model/schema.ts";
import { EhrSettings } from "../../clinics/model/settings-schema.ts";
import { Patient } from "../../patients/model/schema.ts";
import { CRITERIA } from "./rules.ts";

/** Three exist; repeated ones are accepted. */
const CRITERIA_MAX = 20;

export const MatchRequest = z
  .object({
    messageRef: z
      .object({
        documentId: text({ min: 0, max: CODE_LENGTH_MAX }),
        dataModel: z.enum(["Order"]),
        eventType: z.enum(["New"]),
      })
      .openapi("ehrMatchMessageRef.v1")
      .optional()
      .openapi({ description: "Required." }),
    patients: z
      .object({
        criteria: list(z.enum(CRITERIA), CRITERIA_MAX)
          .min(1)
          .openapi({ description: "Alternatives: a patient who meets any of them matches." }),
        onUniqueMatch: z
          .enum(["ENABLE_REPORTS", "DISABLE_REPORTS"])
          .optional()
          .openapi({ description: "What to do with the subscription to reports when exactly one patient matches." }),
      })
      .openapi("ehrMatchRequestPatientsOptions.v1")
      .optional(),
  })
  .openapi("ehrMatchRequest.v1");
export type MatchRequest = z.output<typeof MatchRequest>;

export const MatchResponse = z
  .object({
    clinic: Clinic,
    settings: EhrSettings,
    patients: z
      .array(Patient)
      .openapi("patients.v1")
      .optional()
      .openapi({ description: "The matching patients as they were before; absent when there is none." }),
  })
  .openapi("ehrMatchResponse.v1");
export type MatchResponse = z.output<typeof MatchResponse>;
