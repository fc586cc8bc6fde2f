import { z } from "@hono/zod-openapi";
import { anyText, CODE_LENGTH_MAX, list } from "../../../platform/core/bounded-text.ts";
import { DateTime, ObjectId, UserId } from "../../../platform/core/wire.ts";
import { SummaryConfig } from "../schema.ts";

/** Our choice: there are a handful of reasons. */
const REASONS_MAX = 100;
const Reasons = list(anyText({ min: 0, max: CODE_LENGTH_MAX }), REASONS_MAX);

const Dates = z
  .object({
    firstData: DateTime.optional(),
    lastData: DateTime.optional(),
    lastUploadDate: DateTime.optional(),
    lastUpdatedDate: DateTime.optional(),
    lastUpdatedReason: Reasons,
    outdatedSince: DateTime.optional(),
    outdatedReason: Reasons,
  })
  .openapi("innerSummaryDates.v1");
export type InnerDates = z.infer<typeof Dates>;

const change = { minutes: z.number(), records: z.number(), percent: z.number() };
const RangeDelta = z.object(change).openapi("glucoseRangeDelta.v1");
export type RangeDelta = z.infer<typeof RangeDelta>;

const Range = z.object({ glucose: z.number(), ...change, variance: z.number() }).openapi("glucoseRange.v1", {
  description:
    "`percent` is a fraction: of the whole period in `total`, of the total in a range. Only `total` has `glucose` " +
    "(values times their minutes, in mmol/L) and `variance` (squared deviations from the average, not divided).",
});
export type Range = z.infer<typeof Range>;

const ranges = <T extends z.ZodType>(range: T) => ({
  total: range,
  inVeryLow: range,
  inLow: range,
  inTarget: range,
  inHigh: range,
  inVeryHigh: range,
  inExtremeHigh: range,
  inAnyLow: range,
  inAnyHigh: range,
});
const figures = {
  min: z.number(),
  max: z.number(),
  hoursWithData: z.number(),
  daysWithData: z.number(),
  averageGlucoseMmol: z.number(),
  glucoseManagementIndicator: z.number(),
  coefficientOfVariation: z.number(),
  standardDeviation: z.number(),
  averageDailyRecords: z.number(),
};
const GlucoseDelta = z.object({ ...ranges(RangeDelta), ...figures }).openapi("glucosePeriodDelta.v1", {
  description: "This period minus the one before it; what had no data counts as zeros.",
});
export type GlucoseDelta = z.infer<typeof GlucoseDelta>;

const GlucosePeriod = z.object({ ...ranges(Range), ...figures, delta: GlucoseDelta }).openapi("glucosePeriod.v1");
export type GlucosePeriod = z.infer<typeof GlucosePeriod>;

const share = z.object({ records: z.number(), percent: z.number() });
const ContinuousPeriod = z
  .object({
    total: z.object({ records: z.number() }),
    realtime: share,
    deferred: share,
    averageDailyRecords: z.number(),
  })
  .openapi("continuousPeriod.v1", { description: "`realtime`: readings that arrived within a day of their time." });
export type ContinuousPeriod = z.infer<typeof ContinuousPeriod>;

const periods = <T extends z.ZodType>(period: T) =>
  z.object({ "1d": period, "7d": period, "14d": period, "30d": period });

const head = { id: ObjectId, userId: UserId, config: SummaryConfig, dates: Dates };

/** The statistics of a person's sensor readings or fingersticks. */
export const GlucoseSummary = z
  .object({ type: z.enum(["cgm", "bgm"]), ...head, periods: periods(GlucosePeriod) })
  .openapi("glucoseSummary.v1");
export type GlucoseSummary = z.infer<typeof GlucoseSummary>;

/** How soon after they were taken a person's readings arrive. */
export const ContinuousSummary = z
  .object({ type: z.literal("con"), ...head, periods: periods(ContinuousPeriod) })
  .openapi("continuousSummary.v1");
export type ContinuousSummary = z.infer<typeof ContinuousSummary>;

/** A summary of any kind, as the data side shows it. */
export const InnerSummary = z.discriminatedUnion("type", [GlucoseSummary, ContinuousSummary]);
export type InnerSummary = z.infer<typeof InnerSummary>;
