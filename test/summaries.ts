import { env } from "cloudflare:workers";
import { rows } from "./harness.ts";

/**
 * Writes summaries straight into the tables, the way the migrations describe them and without any code of the service:
 * what is read back through the API is then judged by what was meant here.
 */

const UNFLAGGED = new Set([
  "standard_deviation",
  "coefficient_of_variation",
  "min",
  "max",
  "days_with_data",
  "hours_with_data",
]);

const camel = (column: string) =>
  column
    .replace(/_cgm_/g, "_CGM_")
    .replace(/_([a-z0-9]|CGM)/g, (_, part: string) => (part === "CGM" ? "CGM" : part.toUpperCase()));

export interface Columns {
  /** Wire names of the statistics, in the order of their columns. */
  readonly statistics: readonly string[];
  readonly flagged: readonly string[];
  readonly columnOf: ReadonlyMap<string, string>;
}

const known = new Map<string, Columns>();

export async function columnsOf(type: "cgm" | "bgm"): Promise<Columns> {
  const cached = known.get(type);
  if (cached) return cached;
  const info = await rows<{ name: string }>(`SELECT name FROM pragma_table_info('${type}_periods')`);
  const columns = info.map(({ name }) => name).filter((name) => !["patient_key", "period", "flags"].includes(name));
  const base = columns.filter((name) => !name.endsWith("_delta"));
  const columnOf = new Map(columns.map((name) => [camel(name), name]));
  const result = {
    statistics: base.map(camel),
    flagged: base.filter((name) => !UNFLAGGED.has(name)).map(camel),
    columnOf,
  };
  known.set(type, result);
  return result;
}

export type PeriodValues = Record<string, number | boolean>;

export interface StatsValues {
  id: string;
  config: Record<string, number>;
  dates: Record<string, string | boolean | string[]>;
  periods?: Record<string, PeriodValues>;
}

const has = (name: string) => `has${name[0]!.toUpperCase()}${name.slice(1)}`;
const ms = (value: unknown) => (typeof value === "string" ? Date.parse(value) : null);
const list = (value: unknown) => (Array.isArray(value) ? JSON.stringify(value) : null);

/** The statements that give one patient one type of summary. */
export async function summaryStatements(
  clinicId: string,
  userId: string,
  type: "cgm" | "bgm",
  stats: StatsValues,
): Promise<D1PreparedStatement[]> {
  const { flagged, columnOf } = await columnsOf(type);
  const { config, dates, periods = {} } = stats;
  const usual = new Set(["1d", "7d", "14d", "30d"]);
  const flags = [dates.hasFirstData, dates.hasLastData, dates.hasLastUploadDate, dates.hasOutdatedSince];
  const head = env.DB.prepare(
    `UPDATE patients SET ${type}_summary_id = ?, ${type}_schema_version = ?, ${type}_low_threshold = ?,
       ${type}_very_low_threshold = ?, ${type}_high_threshold = ?, ${type}_very_high_threshold = ?, ${type}_date_flags = ?,
       ${type}_first_data_at = ?, ${type}_last_data_at = ?, ${type}_last_upload_at = ?, ${type}_last_updated_at = ?,
       ${type}_outdated_since_at = ?, ${type}_outdated_since_limit_at = ?, ${type}_last_updated_reason = ?,
       ${type}_outdated_reason = ?, ${type}_has_other_periods = ?
     WHERE clinic_id = ? AND user_id = ?`,
  ).bind(
    stats.id,
    config.schemaVersion,
    config.lowGlucoseThreshold,
    config.veryLowGlucoseThreshold,
    config.highGlucoseThreshold,
    config.veryHighGlucoseThreshold,
    flags.reduce<number>((bits, flag, i) => bits + (flag ? 2 ** i : 0), 0),
    ms(dates.firstData),
    ms(dates.lastData),
    ms(dates.lastUploadDate),
    ms(dates.lastUpdatedDate),
    ms(dates.outdatedSince),
    ms(dates.outdatedSinceLimit),
    list(dates.lastUpdatedReason),
    list(dates.outdatedReason),
    Object.keys(periods).some((period) => !usual.has(period)) ? 1 : 0,
    clinicId,
    userId,
  );
  const inserts = Object.entries(periods).map(([period, values]) => {
    const numbers = Object.entries(values).filter(([, value]) => typeof value === "number") as [string, number][];
    const bits = flagged.reduce((sum, name, i) => sum + (values[has(name)] ? 2 ** i : 0), 0);
    return env.DB.prepare(
      `INSERT INTO ${type}_periods (patient_key, period, flags${numbers.map(([name]) => `, ${columnOf.get(name)}`).join("")})
       SELECT key, ?, ?${numbers.map(() => ", ?").join("")} FROM patients WHERE clinic_id = ? AND user_id = ?`,
    ).bind(period, bits, ...numbers.map(([, value]) => value), clinicId, userId);
  });
  return [head, ...inserts];
}

/** Gives one patient summaries. */
export async function givenSummary(
  clinicId: string,
  userId: string,
  summary: { cgmStats?: StatsValues; bgmStats?: StatsValues },
): Promise<void> {
  const statements = [
    ...(summary.cgmStats ? await summaryStatements(clinicId, userId, "cgm", summary.cgmStats) : []),
    ...(summary.bgmStats ? await summaryStatements(clinicId, userId, "bgm", summary.bgmStats) : []),
  ];
  await env.DB.batch(statements);
}

/** Stats with all that is required and nothing else; `fields` are the statistics of the 14 day period. */
export async function statsWith(
  type: "cgm" | "bgm",
  fields: PeriodValues,
  options: { period?: string; dates?: Record<string, string | boolean> } = {},
): Promise<StatsValues> {
  const { flagged } = await columnsOf(type);
  const period: PeriodValues = Object.fromEntries(flagged.map((name) => [has(name), name in fields]));
  const required = type === "cgm" ? ["standardDeviation", "coefficientOfVariation", "hoursWithData"] : [];
  for (const name of ["min", "max", "daysWithData", ...required])
    Object.assign(period, { [name]: 0, [`${name}Delta`]: 0 });
  return {
    id: "65f0c2a1b3d4e5f601234567",
    config: {
      schemaVersion: 5,
      lowGlucoseThreshold: 3.9,
      veryLowGlucoseThreshold: 3,
      highGlucoseThreshold: 10,
      veryHighGlucoseThreshold: 13.9,
    },
    dates: {
      hasFirstData: false,
      hasLastData: options.dates?.lastData !== undefined,
      hasLastUploadDate: false,
      hasOutdatedSince: false,
      ...options.dates,
    },
    periods: { [options.period ?? "14d"]: { ...period, ...fields } },
  };
}
