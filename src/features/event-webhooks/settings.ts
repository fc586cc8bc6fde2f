import { z } from "@hono/zod-openapi";
import { absent, settingsGroup } from "../../platform/core/settings.ts";

const KEY_LENGTH_MIN = 32;
const KEYS_LENGTH_MAX = 1000;

/** The keys that secrets of subscriptions follow from, the newest first; undefined: there are no event webhooks. */
export const eventSettings = settingsGroup(
  {
    EVENT_KEYS: z
      .string()
      .max(KEYS_LENGTH_MAX)
      .transform((text) => text.split(",").map((key) => key.trim()))
      .refine((keys) => keys.every((key) => key.length >= KEY_LENGTH_MIN), {
        error: `keys of at least ${KEY_LENGTH_MIN} characters are expected, with commas between them`,
      })
      .or(absent)
      .optional(),
  },
  (v): readonly string[] | undefined => v.EVENT_KEYS,
);
