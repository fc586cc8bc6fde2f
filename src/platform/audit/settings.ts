import { z } from "@hono/zod-openapi";
import { absent, settingsGroup } from "../core/settings.ts";

const DAYS = 180;
/** Our choices: a quarter of a year is what people ask for, ten years what nobody does. */
const DAYS_MIN = 90;
const DAYS_MAX = 3650;

/** For how many days entries stay in the trail's database. */
export const auditDays = settingsGroup(
  { AUDIT_DAYS: z.coerce.number().int().min(DAYS_MIN).max(DAYS_MAX).or(absent).optional() },
  ({ AUDIT_DAYS }) => AUDIT_DAYS ?? DAYS,
);
