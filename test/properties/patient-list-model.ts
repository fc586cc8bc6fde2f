/**
 * What a list of patients must come to, written from the specification over plain objects. Shares no code with the
 * service: it folds, filters and sorts in its own way.
 */

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
  /** type → { lastData, hasLastData, periods: { period → values and flags } } */
  summary: Partial<Record<"cgm" | "bgm", ModelStats>>;
}

export interface ModelStats {
  lastData: number | null;
  hasLastData: boolean;
  periods: Record<string, Record<string, number | boolean>>;
}

export interface ModelQuery {
  search?: string;
  tags?: string[];
  sites?: string[];
  lastReviewed?: number;
  omitNonStandardRanges?: boolean;
  lastDataFrom?: [type: "cgm" | "bgm", at: number];
  lastDataTo?: [type: "cgm" | "bgm", at: number];
  period?: string;
  filters: [type: "cgm" | "bgm", field: string, comparator: ">" | ">=" | "<" | "<=", bound: number][];
  sort?: { type: "cgm" | "bgm"; field: string; direction: "+" | "-" };
  offset: number;
  limit: number;
}

const simplify = (text: string) =>
  Array.from(text.normalize("NFKD"))
    .filter((c) => !/\p{Mark}/u.test(c))
    .join("")
    .toLowerCase();

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
  const statistic = (p: ModelPatient, type: "cgm" | "bgm", field: string) => p.summary[type]?.periods[period]?.[field];
  const matching = patients.filter((p) => {
    if (query.search !== undefined) {
      const wanted = simplify(query.search);
      if (![p.fullName, p.email, p.mrn, p.birthDate].some((text) => text !== null && simplify(text).includes(wanted)))
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
    for (const [bound, isFrom] of [
      [query.lastDataFrom, true],
      [query.lastDataTo, false],
    ] as const) {
      if (!bound) continue;
      const at = p.summary[bound[0]]?.lastData ?? null;
      if (at === null || (isFrom ? at < bound[1] : at >= bound[1])) return false;
    }
    return query.filters.every(([type, field, comparator, bound]) => {
      const value = statistic(p, type, field);
      return typeof value === "number" && holds[comparator](value, bound);
    });
  });
  const sorted = matching.toSorted((a, b) => order(a, b) || a.key - b.key);
  return { ids: sorted.slice(query.offset, query.offset + query.limit).map(({ id }) => id), count: matching.length };

  function order(a: ModelPatient, b: ModelPatient): number {
    const { sort } = query;
    if (!sort || sort.field === "fullName") {
      const names = byBytes(simplify(a.fullName), simplify(b.fullName));
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
    if (field === "lastData")
      return p.summary[type]?.hasLastData ? (p.summary[type].lastData ?? Number.NEGATIVE_INFINITY) : null;
    const flag = statistic(p, type, `has${field[0]!.toUpperCase()}${field.slice(1)}`);
    const value = statistic(p, type, field);
    if (flag === false) return null;
    if (typeof value === "number") return value;
    return flag === true ? Number.NEGATIVE_INFINITY : null;
  }
}
