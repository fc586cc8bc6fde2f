import { toDateTime } from "../../../platform/core/wire.ts";
import { toMgDl } from "../../ehr/model/number-formats.ts";
import { daysOf, isDate, localIn } from "./days.ts";
import { decimal } from "./decimals.ts";
import { recordIdOf, referenceTo, type RecordRow, updatedAtOf } from "./record.ts";
import { CGM, coding, type Draft, LOINC, type Resource, SUMMARY_CODE } from "./resource.ts";

/** The statistics of one period that are told; null: not known. */
export interface PeriodRow {
  readonly period: PeriodKey;
  readonly totalRecords: number | null;
  readonly average: number | null;
  readonly veryLow: number | null;
  readonly low: number | null;
  readonly target: number | null;
  readonly high: number | null;
  readonly veryHigh: number | null;
  readonly gmi: number | null;
  readonly variation: number | null;
  readonly days: number | null;
  readonly use: number | null;
}

/** In the order of the answers. */
export const PERIODS = ["14d", "30d", "7d", "1d"] as const;
export type PeriodKey = (typeof PERIODS)[number];

/*
 * This material contains content from LOINC (http://loinc.org). LOINC is copyright © Regenstrief Institute, Inc. and the
 * Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost under the license at
 * http://loinc.org/license. LOINC® is a registered United States trademark of Regenstrief Institute, Inc.
 */
/** Metric, code, profile, unit as the profile spells it, UCUM code. */
const MASS = ["avg", "97507-8", "mean-glucose-mass-per-volume", "mg/dl", "mg/dL"] as const;
const MOLAR = ["avg", "105273-7", "mean-glucose-moles-per-volume", "mmol/l", "mmol/L"] as const;
const MEMBERS = [
  MOLAR,
  ["tir", "106793-3", "times-in-ranges", "%", "%"],
  ["gmi", "97506-0", "gmi", "%", "%"],
  ["cv", "104638-2", "coefficient-of-variation", "%", "%"],
  ["day", "104636-6", "days-of-wear", "days", "d"],
  ["use", "104637-4", "sensor-active-percentage", "%", "%"],
] as const;
const RANGES = {
  veryLow: "104642-4",
  low: "104641-6",
  target: "97510-2",
  high: "104640-8",
  veryHigh: "104639-0",
} as const;
type Metric = (typeof MEMBERS)[number][0];

/** The profiles of all observations. */
export const PROFILES = ["", ...[MASS, ...MEMBERS].map(([, , name]) => `-${name}`)].map(
  (it) => `${CGM}cgm-summary${it}`,
);

const GMI_USE_MIN = 0.7;
/** Why a value is left out. */
const WHY: Partial<Record<Metric, string>> = {
  tir: "times in ranges: too few data",
  gmi: "GMI: the sensor was not active above 70 %",
};

const UNITS = "http://unitsofmeasure.org";
const CATEGORY = [coding("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory")];

/** A number with the decimals it has: JSON would drop those that are 0. */
const written = (text: string) => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

const percent = (fraction: number | null) => decimal(fraction, 2, 2);

/** The values of a period: a decimal, several for times in ranges; undefined where there is none. */
const valuesOf = (
  it: PeriodRow,
  isMass: boolean,
): Record<Metric, string | readonly (string | undefined)[] | undefined> => ({
  avg: isMass ? decimal(it.average && toMgDl(it.average), 1) : decimal(it.average, 2),
  tir: Object.keys(RANGES).map((range) => percent(it[range as keyof typeof RANGES])),
  gmi: it.use! > GMI_USE_MIN ? decimal(it.gmi, 1) : undefined,
  cv: percent(it.variation),
  day: decimal(it.days, 0),
  use: percent(Math.min(1, it.use!)),
});

/** What there is of a period, the panel first, and why something is not. */
export interface Summary {
  readonly observations: readonly Draft[];
  readonly missing: readonly string[];
}

/** The observations of one period; none where there were no data in it. */
export function summaryOf(record: RecordRow, it: PeriodRow | undefined): Summary {
  const none = { observations: [], missing: ["there are no data"] };
  if (record.lastDataAt === null || !it || !it.totalRecords || it.totalRecords < 0 || it.use === null) return none;
  const isMass = record.preferredBgUnits === "mg/dL";
  const days = Number.parseInt(it.period, 10);
  const patient = recordIdOf(record);
  const effectivePeriod = daysOf(record.lastDataAt, days, localIn(record.timezone));
  if (!effectivePeriod) return none;
  const updated = record.lastUpdatedAt === null ? "" : toDateTime(record.lastUpdatedAt);
  const issued = isDate(updated) ? updated : undefined;
  const updatedAt = Math.max(updatedAtOf(record), record.lastUpdatedAt ?? 0);
  const draft = (metric: string, code: string, profile: string | undefined, value: object): Draft => ({
    updatedAt,
    profile: profile === undefined ? undefined : `${CGM}cgm-summary${profile}`,
    resource: {
      resourceType: "Observation",
      id: `${patient}.c${days}${metric}`,
      status: "final",
      category: CATEGORY,
      code: coding(LOINC, code),
      subject: referenceTo(patient),
      effectivePeriod,
      issued,
      ...value,
    },
  });
  const values = valuesOf(it, isMass);
  const missing: string[] = [];
  const members = MEMBERS.flatMap((usual) => {
    const [metric, code, profile, unit, ucum] = usual === MOLAR && isMass ? MASS : usual;
    const value = values[metric];
    const quantity = (text: string | undefined) => ({
      valueQuantity: { value: text && written(text), unit, system: UNITS, code: ucum },
    });
    if (value === undefined || (typeof value !== "string" && value.includes(undefined))) {
      missing.push(WHY[metric] ?? `${profile}: no value`);
      return [];
    }
    const own =
      typeof value === "string"
        ? quantity(value)
        : {
            component: Object.values(RANGES).map((range, i) => ({ code: coding(LOINC, range), ...quantity(value[i]) })),
          };
    return [draft(metric, code, `-${profile}`, own)];
  });
  const hasMember = members.map(({ resource }) => ({ reference: `Observation/${resource.id}` }));
  // One that lacks a member is no panel of the profile, and claims none.
  const panel = draft("sum", SUMMARY_CODE, missing.length === 0 ? "" : undefined, {
    hasMember: hasMember.length > 0 ? hasMember : undefined,
  });
  return { observations: [panel, ...members], missing };
}

const OBSERVATION_ID = /^(.+)\.c(1|7|14|30)([a-z]+)$/;

/** Of which record and period an observation is; the rest of its id says which it is. */
export function periodOf(id: string): { readonly record: string; readonly period: PeriodKey } | undefined {
  const [, record, days] = OBSERVATION_ID.exec(id) ?? [];
  return record === undefined ? undefined : { record, period: `${days}d` as PeriodKey };
}

/** The ids of what a panel refers to. */
export const membersOf = (panel: Resource): readonly string[] =>
  ((panel.hasMember ?? []) as { reference: string }[]).map(({ reference }) => reference.slice("Observation/".length));
