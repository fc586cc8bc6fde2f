import { z } from "@hono/zod-openapi";
import { anyText, CODE_LENGTH_MAX, list } from "../../platform/core/bounded-text.ts";
import { DateTime } from "../../platform/core/wire.ts";
import { flagName, STATISTICS, type SummaryType } from "./model/statistics.ts";

export const SummaryId = z
  .string()
  .regex(/^[a-f0-9]{0,24}$/)
  .max(24)
  .openapi("summaryId.v1");

export const SummaryConfig = z
  .object({
    schemaVersion: z.number(),
    highGlucoseThreshold: z.number(),
    veryHighGlucoseThreshold: z.number(),
    lowGlucoseThreshold: z.number(),
    veryLowGlucoseThreshold: z.number(),
  })
  .openapi("summaryConfig.v1");
export type SummaryConfig = z.infer<typeof SummaryConfig>;

/** Our choice: in practice there are a handful of reasons and four periods. */
const REASONS_MAX = 100;
const PERIODS_MAX = 50;

export const SummaryDates = z
  .object({
    lastUpdatedDate: DateTime.optional(),
    lastUpdatedReason: list(anyText({ min: 0, max: CODE_LENGTH_MAX }), REASONS_MAX).optional(),
    hasFirstData: z.boolean(),
    firstData: DateTime.optional(),
    hasLastData: z.boolean(),
    lastData: DateTime.optional(),
    hasLastUploadDate: z.boolean(),
    lastUploadDate: DateTime.optional(),
    hasOutdatedSince: z.boolean(),
    outdatedSince: DateTime.optional(),
    outdatedSinceLimit: DateTime.optional(),
    outdatedReason: list(anyText({ min: 0, max: CODE_LENGTH_MAX }), REASONS_MAX).optional(),
  })
  .openapi("summaryDates.v1");
export type SummaryDates = z.infer<typeof SummaryDates>;

/** A period's statistics: numbers and has… flags by name. */
export type Period = Record<string, number | boolean>;

function periodSchema(type: SummaryType) {
  const shape: Record<string, z.ZodType> = {};
  for (const { name, flagged, required } of STATISTICS[type]) {
    const value = required ? z.number() : z.number().optional();
    if (flagged) shape[flagName(name)] = z.boolean();
    shape[name] = value;
    shape[`${name}Delta`] = value;
  }
  return z.object(shape).openapi(`${type}Period.v1`) as unknown as z.ZodType<Period>;
}

/** Control characters and lone surrogates do not survive every encoding. */
const PERIOD_KEY = /^[^\p{Cc}\p{Cs}]{1,16}$/u;
const NO_PERIOD_KEY = "the name of a period is 1 to 16 printable characters";

/** Periods by name. The one name that a record would silently drop is refused like other invalid names. */
const periodsSchema = (type: SummaryType) =>
  z.preprocess(
    (value, ctx) => {
      if (typeof value === "object" && value !== null && Object.hasOwn(value, "__proto__")) {
        ctx.issues.push({ code: "custom", input: value, path: ["__proto__"], message: NO_PERIOD_KEY });
      }
      return value;
    },
    z.record(z.string(), periodSchema(type)).superRefine((periods, ctx) => {
      const wrong = Object.keys(periods).find((key) => !PERIOD_KEY.test(key));
      if (Object.keys(periods).length > PERIODS_MAX) {
        ctx.addIssue({ code: "custom", message: `at most ${PERIODS_MAX} periods are expected` });
      }
      if (wrong !== undefined) ctx.addIssue({ code: "custom", path: [wrong], message: NO_PERIOD_KEY });
    }),
  );

const statsSchema = (type: SummaryType) =>
  z
    .object({
      id: SummaryId.optional(),
      config: SummaryConfig.optional(),
      dates: SummaryDates.optional(),
      periods: periodsSchema(type).openapi(`${type}Periods.v1`, { maxProperties: PERIODS_MAX }).optional(),
    })
    .openapi(`${type}Stats.v1`);

export const PatientSummary = z
  .object({ cgmStats: statsSchema("cgm").optional(), bgmStats: statsSchema("bgm").optional() })
  .openapi("patientSummary.v1");
export type PatientSummary = z.infer<typeof PatientSummary>;
