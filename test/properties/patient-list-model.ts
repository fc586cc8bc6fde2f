/**
 * What a list of patients must come to, written from the specification over plain objects. Shares no code with the
 * service: it compares, filters and sorts in its own way.
 */

export type Type = "cgm" | "bgm";

const RANGES = ["VeryLow", "AnyLow", "Low", "Target", "High", "VeryHigh", "ExtremeHigh", "AnyHigh"];
const ranges = (unit: string, without: readonly string[] = []) =>
  RANGES.filter((range) => !without.includes(range)).map((range) => `timeIn${range}${unit}`);
const deltas = (fields: readonly string[]) => fields.map((field) => `${field}Delta`);
const withDeltas = (fields: readonly string[]) => [...fields, ...deltas(fields)];

const BOTH = ["max", "min", "averageGlucoseMmol", ...ranges("Percent")];
const BGM_RECORDS = [...ranges("Records", ["ExtremeHigh"]), "totalRecords"];
const VARIATION = ["standardDeviation", "coefficientOfVariation"];

/** The fields one can filter by, as they are specified: those that take any number, and those that take whole ones. */
export const FILTERS: Record<Type, { float: readonly string[]; int: readonly string[] }> = {
  cgm: {
    float: withDeltas([
      ...BOTH,
      "glucoseManagementIndicator",
      "timeCGMUsePercent",
      "averageDailyRecords",
      ...VARIATION,
    ]),
    int: withDeltas([
      "timeCGMUseMinutes",
      ...ranges("Minutes"),
      "timeCGMUseRecords",
      ...ranges("Records", ["ExtremeHigh"]),
      "totalRecords",
      "hoursWithData",
      "daysWithData",
    ]),
  },
  bgm: {
    float: [...withDeltas(BOTH), "averageDailyRecords"],
    int: [...withDeltas(BGM_RECORDS), "averageDailyRecordsDelta"],
  },
};

const DATES = ["lastUploadDate", "lastData", "firstData", "outdatedSince"];
const RECORD_FIELDS = ["fullName", "birthDate", "lastReviewed"];

/** The fields one can sort by. */
export const SORTS: Record<Type, readonly string[]> = {
  cgm: [
    ...RECORD_FIELDS,
    ...DATES,
    ...withDeltas([
      "timeCGMUsePercent",
      "glucoseManagementIndicator",
      "averageGlucoseMmol",
      ...["Percent", "Records", "Minutes"].flatMap((unit) => ranges(unit)),
      "totalRecords",
      "hoursWithData",
      "daysWithData",
      ...VARIATION,
      "averageDailyRecords",
      "min",
      "max",
    ]),
  ],
  bgm: [
    ...RECORD_FIELDS,
    ...DATES,
    ...withDeltas([
      "averageGlucoseMmol",
      ...["Percent", "Records"].flatMap((unit) => ranges(unit)),
      "totalRecords",
      ...VARIATION,
      "averageDailyRecords",
      "min",
      "max",
    ]),
  ],
};

export interface ModelPatient {
  /** Position in the order of creation. */
  key: number;
  id: string;
  fullName: string;
  birthDate: string | null;
  email: string | null;
  mrn: string | null;
  tags: string[];
  sites: string[];
  preset: string | null;
  reviewedAt: number | null;
  summary: Partial<Record<Type, ModelStats>>;
}

export interface ModelStats {
  /** By name: when it was, and what its flag says, which need not be the same. */
  dates: Record<string, { has: boolean; at: number | null }>;
  /** Period → values and flags. */
  periods: Record<string, Record<string, number | boolean>>;
}

export const COMPARATORS = [">", ">=", "<", "<="] as const;
export type ModelFilter = [type: Type, field: string, comparator: (typeof COMPARATORS)[number], bound: number];

export interface ModelQuery {
  search?: string;
  tags?: string[];
  sites?: string[];
  lastReviewed?: number;
  omitNonStandardRanges?: boolean;
  "cgm.lastDataFrom"?: number;
  "cgm.lastDataTo"?: number;
  "bgm.lastDataFrom"?: number;
  "bgm.lastDataTo"?: number;
  period?: string;
  filters: ModelFilter[];
  sort?: { type: Type; field: string; direction: "+" | "-" };
  offset?: number;
  limit?: number;
}

/** What the letters come to that the lists are made of, beside those that only lose case and an accent. */
const READ_AS: Record<string, string> = { ł: "l", ß: "ss", ø: "o", æ: "ae", "’": "'", "‐": "-", "\u00ad": "" };

/** A text as it is compared, letter by letter: an accent is a mark that may stand on Latin letters. */
const simplify = (text: string) =>
  Array.from(text.normalize("NFC").toLowerCase(), (c) => {
    if (c in READ_AS) return READ_AS[c];
    const [letter = "", ...marks] = c.normalize("NFKD");
    return marks.length > 0 && letter >= "a" && letter <= "z" ? letter : c.normalize("NFKC").toLowerCase();
  })
    .join("")
    .replaceAll(/ +/g, " ");
const simplifyWhole = (text: string) => simplify(text).trim();

/** Byte order of the UTF-8 forms, as a database compares texts. */
function byBytes(a: string, b: string): number {
  const [x, y] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
  return x.length - y.length;
}

const holds = {
  ">": (a: number, b: number) => a > b,
  ">=": (a: number, b: number) => a >= b,
  "<": (a: number, b: number) => a < b,
  "<=": (a: number, b: number) => a <= b,
};

export function expectedList(patients: readonly ModelPatient[], query: ModelQuery): { ids: string[]; count: number } {
  const period = query.period ?? "14d";
  const { offset = 0, limit = 10 } = query;
  const statistic = (p: ModelPatient, type: Type, field: string) => p.summary[type]?.periods[period]?.[field];
  const matching = patients.filter((p) => {
    if (query.search !== undefined) {
      const wanted = simplify(query.search);
      if (
        ![p.fullName, p.email, p.mrn, p.birthDate].some((text) => text !== null && simplifyWhole(text).includes(wanted))
      )
        return false;
    }
    if (query.tags && (query.tags.length === 0 ? p.tags.length > 0 : !query.tags.every((id) => p.tags.includes(id))))
      return false;
    if (
      query.sites &&
      (query.sites.length === 0 ? p.sites.length > 0 : !query.sites.some((id) => p.sites.includes(id)))
    )
      return false;
    if (query.lastReviewed !== undefined && !(p.reviewedAt !== null && p.reviewedAt <= query.lastReviewed))
      return false;
    if (query.omitNonStandardRanges && !(p.preset === null || p.preset === "adaStandard")) return false;
    for (const type of ["cgm", "bgm"] as const) {
      const at = p.summary[type]?.dates.lastData?.at ?? null;
      const [from, to] = [query[`${type}.lastDataFrom`], query[`${type}.lastDataTo`]];
      if (from !== undefined && !(at !== null && at >= from)) return false;
      if (to !== undefined && !(at !== null && at < to)) return false;
    }
    return query.filters.every(([type, field, comparator, bound]) => {
      const value = statistic(p, type, field);
      return typeof value === "number" && holds[comparator](value, bound);
    });
  });
  const sorted = matching.toSorted((a, b) => order(a, b) || a.key - b.key);
  return { ids: sorted.slice(offset, offset + limit).map(({ id }) => id), count: matching.length };

  function order(a: ModelPatient, b: ModelPatient): number {
    const { sort } = query;
    if (!sort || sort.field === "fullName") {
      const names = byBytes(simplifyWhole(a.fullName), simplifyWhole(b.fullName));
      return sort?.direction === "-" ? -names : names;
    }
    const direction = sort.direction === "-" ? -1 : 1;
    const [x, y] = [valueOf(a), valueOf(b)];
    if (x === null || y === null) {
      if (x === y) return 0;
      const isRecordField = sort.field === "birthDate" || sort.field === "lastReviewed";
      const missingFirst = isRecordField && direction === 1;
      return (x === null) === missingFirst ? -1 : 1;
    }
    return direction * (typeof x === "string" ? byBytes(x, y as string) : x - (y as number));
  }

  function valueOf(p: ModelPatient): number | string | null {
    const { type, field } = query.sort!;
    if (field === "birthDate") return p.birthDate;
    if (field === "lastReviewed") return p.reviewedAt;
    if (DATES.includes(field)) {
      const date = p.summary[type]?.dates[field];
      return date?.has ? (date.at ?? Number.NEGATIVE_INFINITY) : null;
    }
    const flag = statistic(p, type, `has${field[0]!.toUpperCase()}${field.slice(1)}`);
    const value = statistic(p, type, field);
    if (flag === false) return null;
    if (typeof value === "number") return value;
    return flag === true ? Number.NEGATIVE_INFINITY : null;
  }
}
