import { z } from "@hono/zod-openapi";
import { text } from "../../platform/core/bounded-text.ts";
import { OBJECT_ID } from "../../platform/core/ids.ts";
import {
  BooleanParameter,
  commaSeparated,
  DateTime,
  IDS_MAX,
  ObjectId,
  toDateTime,
  UserId,
} from "../../platform/core/wire.ts";
import { DataSource, PatientReview } from "../patients/model/schema.ts";
import { CATEGORY_NAMES, type CategoryName, type Placed, SHOWN_FILTERS, THRESHOLDS } from "./rules.ts";

const listed = (isItem: (item: string) => boolean, expected: string) =>
  commaSeparated(IDS_MAX)
    .refine((items) => items.every(isItem), { error: `${expected}, separated by commas, are expected` })
    .transform((items) => [...new Set(items)]);
const form = { style: "form", explode: false } as const;

const Ids = listed((id) => OBJECT_ID.test(id), "ids");
const idItems = { type: "string", pattern: OBJECT_ID.source, minLength: 24, maxLength: 24 } as const;
const Categories = listed((name) => (CATEGORY_NAMES as string[]).includes(name), "categories").transform(
  (names) => names as CategoryName[],
);

export const TideParameters = z.object({
  period: text({ max: 3 })
    .regex(/^(1d|7d|14d|30d)$/)
    .openapi({ description: "The period whose statistics are evaluated." }),
  tags: Ids.openapi({
    type: "array",
    items: idItems,
    minItems: 1,
    maxItems: IDS_MAX,
    param: form,
    description: "Ids separated by commas: patients with all of these tags.",
  }),
  lastDataCutoff: DateTime.openapi({ description: "Patients whose last CGM data is not older than this; inclusive." }),
  categories: Categories.optional().openapi({
    type: "array",
    items: { type: "string", enum: CATEGORY_NAMES },
    maxItems: IDS_MAX,
    param: form,
    description: "Categories in the order in which patients are assigned to them. All but two when absent.",
  }),
  excludeNoData: BooleanParameter.optional().openapi({ description: "Omits the list `noData`." }),
  sites: Ids.optional().openapi({
    type: "array",
    items: idItems,
    maxItems: IDS_MAX,
    param: form,
    description: "Ids separated by commas: patients at any of these sites.",
  }),
});

const Filter = z.string().openapi({ pattern: "^(>=|>|<=|<)\\d\\.\\d\\d?$" });
/** The contract's pattern does not allow its sign: docs/differences.md, tide-filters. */
const DropFilter = z.string().openapi({ enum: [SHOWN_FILTERS.dropInTimeInTargetPercent] });

const Config = z
  .object({
    schemaVersion: z.number(),
    clinicId: ObjectId,
    period: z.string().openapi({ pattern: "^(1d|7d|14d|30d)$" }),
    lastDataCutoff: DateTime,
    highGlucoseThreshold: z.number(),
    veryHighGlucoseThreshold: z.number(),
    extremeHighGlucoseThreshold: z.number().optional(),
    lowGlucoseThreshold: z.number(),
    veryLowGlucoseThreshold: z.number(),
    tags: z.array(ObjectId).openapi({ uniqueItems: true }),
    filters: z
      .object({
        timeInVeryLowPercent: Filter.optional(),
        timeInAnyLowPercent: Filter.optional(),
        timeInTargetPercent: Filter.optional(),
        timeInHighPercent: Filter.optional(),
        timeInVeryHighPercent: Filter.optional(),
        timeInExtremeHighPercent: Filter.optional(),
        timeCGMUsePercent: Filter.optional(),
        dropInTimeInTargetPercent: DropFilter.optional(),
      })
      .openapi("tideFilters.v1"),
  })
  .openapi("tideConfig.v1");

/** The statistics a report shows for each patient. */
export const SHOWN_STATISTICS = [
  "averageGlucoseMmol",
  "glucoseManagementIndicator",
  "timeCGMUseMinutes",
  "timeCGMUsePercent",
  "timeInVeryLowPercent",
  "timeInLowPercent",
  "timeInAnyLowPercent",
  "timeInTargetPercent",
  "timeInTargetPercentDelta",
  "timeInHighPercent",
  "timeInVeryHighPercent",
  "timeInExtremeHighPercent",
  "timeInAnyHighPercent",
] as const;
type ShownStatistic = (typeof SHOWN_STATISTICS)[number];

const statistics = Object.fromEntries(SHOWN_STATISTICS.map((name) => [name, z.number().optional()])) as Record<
  ShownStatistic,
  z.ZodOptional<z.ZodNumber>
>;

const TidePatient = z
  .object({
    ...statistics,
    lastData: DateTime.optional(),
    patient: z
      .object({
        id: UserId,
        email: z.string().optional().openapi({ format: "email" }),
        fullName: z.string().optional().openapi({ minLength: 1 }),
        tags: z.array(ObjectId).openapi({ uniqueItems: true }),
        reviews: z.array(PatientReview),
        dataSources: z.array(DataSource),
      })
      .openapi("tidePatient.v1"),
  })
  .openapi("tideResultPatient.v1");
type TidePatient = z.output<typeof TidePatient>;

export const TideResponse = z
  .object({
    config: Config,
    results: z.record(z.string(), z.array(TidePatient)).openapi("tideResults.v1"),
  })
  .openapi("tideResponse.v1");
export type TideResponse = z.output<typeof TideResponse>;

/** The parameters of a report. */
export interface TideQuery {
  readonly period: string;
  readonly tags: readonly string[];
  /** Undefined for the zero time. */
  readonly lastDataCutoff: number | undefined;
  readonly categories: readonly CategoryName[];
  readonly sites: readonly string[] | undefined;
  readonly excludeNoData: boolean;
}

/** The part of a patient that a report needs, with the statistics of the period. */
export type TideRow = Readonly<Record<ShownStatistic, number | null>> & {
  readonly key: number;
  readonly userId: string;
  readonly fullName: string | null;
  readonly email: string | null;
  readonly tags: string;
  readonly reviews: string;
  readonly dataSources: string | null;
  readonly lastDataAt: number | null;
};

function toTidePatient(row: TideRow): TidePatient {
  const statistics: Partial<Record<ShownStatistic, number>> = {};
  for (const name of SHOWN_STATISTICS) statistics[name] = row[name] ?? undefined;
  return {
    ...statistics,
    lastData: row.lastDataAt === null ? undefined : toDateTime(row.lastDataAt),
    patient: {
      id: row.userId,
      email: row.email ?? undefined,
      fullName: row.fullName || undefined,
      tags: JSON.parse(row.tags) as string[],
      reviews: JSON.parse(row.reviews) as TidePatient["patient"]["reviews"],
      dataSources: JSON.parse(row.dataSources ?? "[]") as DataSource[],
    },
  };
}

/** A report as a response shows it. Patients no longer among the rows are omitted. */
export function toTideResponse(
  clinicId: string,
  query: TideQuery,
  cutoffText: string,
  lists: readonly (Placed | { category: "noData"; keys: readonly number[] })[],
  rows: readonly TideRow[],
): TideResponse {
  const patients = new Map(rows.map((row) => [row.key, toTidePatient(row)]));
  return {
    config: {
      schemaVersion: 2,
      clinicId,
      period: query.period,
      lastDataCutoff: cutoffText.toUpperCase(),
      tags: [...query.tags],
      ...THRESHOLDS,
      filters: SHOWN_FILTERS,
    },
    results: Object.fromEntries(
      lists.map(({ category, keys }) => [category, keys.flatMap((key) => patients.get(key) ?? [])]),
    ),
  };
}
