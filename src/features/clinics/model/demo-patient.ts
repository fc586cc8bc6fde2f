import { z } from "@hono/zod-openapi";
import { USER_ID } from "../../../platform/core/ids.ts";
import { absent, type Settings, settingsGroup } from "../../../platform/core/settings.ts";

const group = settingsGroup(
  { CLINIC_DEMO_PATIENT_USER_ID: z.string().regex(USER_ID).or(absent).optional() },
  (variables) => variables.CLINIC_DEMO_PATIENT_USER_ID,
);

/** The account of the demo patient that every new clinic gets; none where the deployment has none. */
export const demoPatientUserId = (settings: Settings): string | undefined => settings.of(group);
