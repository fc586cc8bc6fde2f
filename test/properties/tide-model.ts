/**
 * What a TIDE report must come to, written from the specification over plain arrays. Shares no code with the service.
 */

export interface TidePatient {
  /** Position in the order of creation. */
  key: number;
  id: string;
  fullName: string | null;
  email: string | null;
  tags: string[];
  sites: string[];
  reviews: { clinicianId: string; time: string }[];
  dataSources: { state: string; providerName: string }[];
  lastData: number | null;
  periods: Record<string, Record<string, number>>;
}

export interface TideRequest {
  period: string;
  tags: string[];
  lastDataCutoff: number;
  categories?: string[];
  sites?: string[];
  excludeNoData?: boolean;
}

type Values = Record<string, number | undefined>;

const isOver = (value: number | undefined, bound: number) => value !== undefined && value > bound;
const isUnder = (value: number | undefined, bound: number) => value !== undefined && value < bound;

const members: Record<string, (v: Values) => boolean> = {
  timeInVeryLowPercent: (v) => isOver(v.timeInVeryLowPercent, 0.01),
  timeInAnyLowPercent: (v) => isOver(v.timeInAnyLowPercent, 0.04),
  timeInExtremeHighPercent: (v) => v.timeInExtremeHighPercent !== undefined && v.timeInExtremeHighPercent >= 0.01,
  timeInVeryHighPercent: (v) => isOver(v.timeInVeryHighPercent, 0.05),
  timeInAnyHighPercent: (v) => isOver(v.timeInAnyHighPercent, 0.25),
  dropInTimeInTargetPercent: (v) => isUnder(v.timeInTargetPercentDelta, -0.15),
  timeInTargetPercent: (v) => isUnder(v.timeInTargetPercent, 0.7),
  timeCGMUsePercent: (v) => isUnder(v.timeCGMUsePercent, 0.7),
  meetingTargets: (v) => {
    if (v.timeInTargetPercent === undefined || v.timeInTargetPercent < 0.7) return false;
    if (v.timeCGMUsePercent === undefined || v.timeCGMUsePercent < 0.7) return false;
    const isBarred =
      (v.timeInAnyLowPercent ?? 0) > 0.04 ||
      (v.timeInVeryLowPercent ?? 0) > 0.01 ||
      (v.timeInAnyHighPercent ?? 0) > 0.25 ||
      (v.timeInVeryHighPercent ?? 0) > 0.05 ||
      (v.timeInExtremeHighPercent ?? 0) >= 0.01;
    return !isBarred;
  },
};
export const CATEGORIES = Object.keys(members);

/** The statistic each list is ordered by, and whether the highest comes first. */
const orders: Record<string, [statistic: string, highestFirst: boolean]> = {
  timeInVeryLowPercent: ["timeInVeryLowPercent", true],
  timeInAnyLowPercent: ["timeInAnyLowPercent", true],
  timeInExtremeHighPercent: ["timeInExtremeHighPercent", true],
  timeInVeryHighPercent: ["timeInVeryHighPercent", true],
  timeInAnyHighPercent: ["timeInAnyHighPercent", true],
  dropInTimeInTargetPercent: ["timeInTargetPercentDelta", false],
  timeInTargetPercent: ["timeInTargetPercent", false],
  timeCGMUsePercent: ["timeCGMUsePercent", false],
  meetingTargets: ["timeInTargetPercent", true],
};

const BY_DEFAULT = [
  "timeInVeryLowPercent",
  "timeInAnyLowPercent",
  "timeInVeryHighPercent",
  "timeInAnyHighPercent",
  "dropInTimeInTargetPercent",
  "timeCGMUsePercent",
  "meetingTargets",
];
const SHOWN = [
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
];

const EIGHT_HOURS = 8 * 60 * 60 * 1000;

/** The results of a report, as the wire shows them. */
export function expectedResults(patients: readonly TidePatient[], asked: TideRequest, now: number) {
  const results: Record<string, unknown[]> = {};
  const values = (p: TidePatient): Values => p.periods[asked.period] ?? {};
  const show = (p: TidePatient) => {
    const item: Record<string, unknown> = {
      patient: { id: p.id, tags: p.tags, reviews: p.reviews, dataSources: p.dataSources },
    };
    const inner = item.patient as Record<string, unknown>;
    if (p.fullName !== null) inner.fullName = p.fullName;
    if (p.email !== null) inner.email = p.email;
    if (p.lastData !== null) item.lastData = new Date(p.lastData).toISOString();
    for (const name of SHOWN) if (values(p)[name] !== undefined) item[name] = values(p)[name];
    return item;
  };
  const eligible = patients.filter(
    (p) =>
      asked.tags.every((tag) => p.tags.includes(tag)) &&
      (asked.sites === undefined || asked.sites.some((site) => p.sites.includes(site))),
  );
  let waiting = eligible.filter((p) => p.lastData !== null && p.lastData >= asked.lastDataCutoff);
  let listed = 0;
  const done: string[] = [];
  for (const category of asked.categories ?? BY_DEFAULT) {
    if (done.includes(category)) continue;
    if (listed >= 100) break;
    done.push(category);
    const [statistic, highestFirst] = orders[category]!;
    const found = waiting
      .filter((p) => members[category]!(values(p)))
      .toSorted((a, b) => {
        const [x, y] = [values(a)[statistic]!, values(b)[statistic]!];
        if (x !== y) return x < y === highestFirst ? 1 : -1;
        return a.key - b.key;
      })
      .slice(0, 100 - listed);
    waiting = waiting.filter((p) => !found.includes(p));
    listed += found.length;
    results[category] = found.map(show);
  }
  if (asked.excludeNoData !== true) {
    results.noData = eligible
      .filter((p) => {
        if (p.lastData === null) return true;
        if (!(p.lastData < now - EIGHT_HOURS)) return false;
        if (p.lastData < asked.lastDataCutoff) return true;
        return p.dataSources.some((source) => source.providerName === "dexcom" && source.state !== "connected");
      })
      .toSorted((a, b) => {
        if (a.lastData === b.lastData) return a.key - b.key;
        if (a.lastData === null) return -1;
        return b.lastData === null ? 1 : a.lastData - b.lastData;
      })
      .slice(0, 50)
      .map(show);
  }
  return results;
}
