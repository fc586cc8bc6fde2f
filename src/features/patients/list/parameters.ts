import { z } from "@hono/zod-openapi";
import { badRequest } from "../../../platform/core/errors.ts";
import { sought, text } from "../../../platform/core/bounded-text.ts";
import { BooleanParameter, boundOf, commaSeparated, DateTime, IDS_MAX, Paging } from "../../../platform/core/wire.ts";
import { STATISTICS, type SummaryType } from "../../summaries/model/statistics.ts";
import { sortSource } from "./sort-keys.ts";
import type { PatientFilter, PatientOrder, StatisticFilter } from "./query.ts";

/** Our choice: more digits than the largest double has. */
const FILTER_LENGTH_MAX = 512;
const filterText = () => text({ max: FILTER_LENGTH_MAX });

const FloatFilter = filterText()
  .regex(/^(>=|>|<=|<)[+-]?((\d+(\.\d*)?)|(\.\d+))$/, {
    error: "a comparator and a number are expected, such as >=0.7",
  })
  .openapi("FloatFilter");
const IntFilter = filterText()
  .regex(/^(>=|>|<=|<)[+-]?\d+$/, { error: "a comparator and a whole number are expected, such as >=7" })
  .openapi("IntFilter");

/** Statistics the contract publishes no filter for. */
const WITHOUT_FILTER: Readonly<Record<SummaryType, ReadonlySet<string>>> = {
  cgm: new Set(["timeInExtremeHighRecords"]),
  bgm: new Set(["timeInExtremeHighRecords", "standardDeviation", "coefficientOfVariation", "daysWithData"]),
};
const WHOLE_NUMBERS = /(Minutes|Records|WithData)(Delta)?$/;

const takesWholeNumbers = (type: SummaryType, field: string) =>
  field === "averageDailyRecords" || field === "averageDailyRecordsDelta"
    ? // The contract declares one of the four as an integer.
      type === "bgm" && field === "averageDailyRecordsDelta"
    : WHOLE_NUMBERS.test(field);

interface StatisticParameter {
  readonly type: SummaryType;
  readonly field: string;
}

const statisticParameters = new Map<string, StatisticParameter>();
const statisticShape: Record<string, z.ZodOptional<z.ZodString>> = {};
for (const type of ["cgm", "bgm"] as const) {
  for (const { name } of STATISTICS[type]) {
    if (WITHOUT_FILTER[type].has(name)) continue;
    for (const field of [name, `${name}Delta`]) {
      statisticParameters.set(`${type}.${field}`, { type, field });
      statisticShape[`${type}.${field}`] = (takesWholeNumbers(type, field) ? IntFilter : FloatFilter).optional();
    }
  }
}

/** As the deployed service parses ids. Ours are lower case: an id with capitals is well-formed but matches nobody. */
const WELL_FORMED_ID = /^[a-f0-9]{24}$/i;

const idList = (description: string) =>
  commaSeparated(IDS_MAX)
    .transform((ids) => ids.filter((id) => WELL_FORMED_ID.test(id)))
    .optional()
    .openapi({
      type: "array",
      items: { type: "string", pattern: "^[a-f0-9]{24}$", minLength: 24, maxLength: 24 },
      maxItems: IDS_MAX,
      param: { style: "form", explode: false },
      description,
    });

/** Longer than every field. */
const SORT_LENGTH_MAX = 100;

/** The 126 query parameters of the list. */
export const ListParameters = z.object({
  search: sought().optional().openapi({
    description: "Part of the name, e-mail address, MRN or birth date, ignoring case and accents.",
  }),
  ...Paging,
  sort: text({ max: SORT_LENGTH_MAX })
    .regex(/(?:-|\+)(?:[a-zA-Z]|_)+/)
    .optional()
    .openapi({ description: "`+` or `-` and a field; `+` must be percent-encoded. Requires sortType." }),
  sortType: text({ max: 3 })
    .regex(/^(cgm|bgm)$/)
    .optional(),
  period: text({ max: 3 })
    .regex(/^(1d|7d|14d|30d)$/)
    .optional()
    .openapi({ description: "The period of the numeric filters and of the sort field; 14d when absent." }),
  lastReviewed: DateTime.optional().openapi({ description: "Patients whose newest review is not after this." }),
  ...statisticShape,
  "cgm.lastDataFrom": DateTime.optional().openapi({ description: "Inclusive." }),
  "cgm.lastDataTo": DateTime.optional().openapi({ description: "Exclusive." }),
  "bgm.lastDataFrom": DateTime.optional().openapi({ description: "Inclusive." }),
  "bgm.lastDataTo": DateTime.optional().openapi({ description: "Exclusive." }),
  tags: idList(
    "Ids separated by commas: patients with all of these tags. An empty list selects patients without tags.",
  ),
  sites: idList(
    "Ids separated by commas: patients at any of these sites. An empty list selects patients without sites.",
  ),
  omitNonStandardRanges: BooleanParameter.optional().openapi({
    description: "Only patients with the standard glycemic ranges.",
  }),
});
type ListQuery = z.output<typeof ListParameters>;

const COMPARATOR = /^(>=|>|<=|<)(.+)$/;

function statisticFilter(parameter: StatisticParameter, text: string): StatisticFilter {
  const [, comparator, number] = COMPARATOR.exec(text)!;
  // A number too large for a double is a bound beyond every value.
  const value = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(number)));
  return { ...parameter, comparator: comparator as StatisticFilter["comparator"], value };
}

/** The complete filter of a query. */
export function filterOf(query: ListQuery): PatientFilter {
  const given = query as Record<string, unknown>;
  return {
    search: query.search,
    tags: query.tags,
    sites: query.sites,
    reviewedUntil: boundOf(query.lastReviewed),
    onlyStandardRanges: query.omitNonStandardRanges ?? false,
    lastData: {
      cgm: { from: boundOf(query["cgm.lastDataFrom"]), before: boundOf(query["cgm.lastDataTo"]) },
      bgm: { from: boundOf(query["bgm.lastDataFrom"]), before: boundOf(query["bgm.lastDataTo"]) },
    },
    period: query.period ?? "14d",
    statistics: [...statisticParameters].flatMap(([name, parameter]) => {
      const text = given[name];
      return typeof text === "string" ? [statisticFilter(parameter, text)] : [];
    }),
  };
}

/** The requested order; by name when none is requested. */
export function orderOf(query: ListQuery): PatientOrder {
  if (query.sort === undefined) return { descending: false, source: { kind: "name" } };
  if (query.sortType === undefined) throw badRequest("invalid sort parameter, missing type");
  const sign = query.sort[0];
  if (sign !== "+" && sign !== "-") throw badRequest("invalid sort parameter, missing sort order");
  const source = sortSource(query.sortType as SummaryType, query.sort.slice(1));
  if (!source) throw badRequest("invalid sort parameter, invalid sort attribute");
  return { descending: sign === "-", source };
}
