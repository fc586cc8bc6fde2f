/** What a category asks of one statistic of a period: fractions 0–1. */
export interface Condition {
  readonly statistic: string;
  readonly comparator: ">" | ">=" | "<";
  readonly bound: number;
}

export interface Category {
  /** A patient whose statistic is missing fails these. */
  readonly all: readonly Condition[];
  /** A patient whose statistic is missing passes these. */
  readonly none: readonly Condition[];
  readonly orderBy: string;
  readonly descending: boolean;
}

const condition = (statistic: string, comparator: Condition["comparator"], bound: number): Condition => ({
  statistic,
  comparator,
  bound,
});
const veryLow = condition("timeInVeryLowPercent", ">", 0.01);
const anyLow = condition("timeInAnyLowPercent", ">", 0.04);
const extremeHigh = condition("timeInExtremeHighPercent", ">=", 0.01);
const veryHigh = condition("timeInVeryHighPercent", ">", 0.05);
const anyHigh = condition("timeInAnyHighPercent", ">", 0.25);
const drop = condition("timeInTargetPercentDelta", "<", -0.15);
const target = condition("timeInTargetPercent", "<", 0.7);
const use = condition("timeCGMUsePercent", "<", 0.7);

const highestFirst = (it: Condition): Category => ({ all: [it], none: [], orderBy: it.statistic, descending: true });
const lowestFirst = (it: Condition): Category => ({ ...highestFirst(it), descending: false });

export const CATEGORIES = {
  timeInVeryLowPercent: highestFirst(veryLow),
  timeInAnyLowPercent: highestFirst(anyLow),
  timeInExtremeHighPercent: highestFirst(extremeHigh),
  timeInVeryHighPercent: highestFirst(veryHigh),
  timeInAnyHighPercent: highestFirst(anyHigh),
  dropInTimeInTargetPercent: lowestFirst(drop),
  timeInTargetPercent: lowestFirst(target),
  timeCGMUsePercent: lowestFirst(use),
  meetingTargets: {
    all: [
      { ...target, comparator: ">=" },
      { ...use, comparator: ">=" },
    ],
    none: [anyLow, veryLow, anyHigh, veryHigh, extremeHigh],
    orderBy: target.statistic,
    descending: true,
  },
} as const satisfies Record<string, Category>;
export type CategoryName = keyof typeof CATEGORIES;
export const CATEGORY_NAMES = Object.keys(CATEGORIES) as CategoryName[];

/** What is looked for where nothing is asked for, the most urgent first. */
export const DEFAULT_CATEGORIES: readonly CategoryName[] = [
  "timeInVeryLowPercent",
  "timeInAnyLowPercent",
  "timeInVeryHighPercent",
  "timeInAnyHighPercent",
  "dropInTimeInTargetPercent",
  "timeCGMUsePercent",
  "meetingTargets",
];

const shown = ({ comparator, bound }: Condition) => `${comparator}${bound}`;

/** The conditions a report tells of, always these five. */
export const SHOWN_FILTERS = {
  timeInVeryLowPercent: shown(veryLow),
  timeInAnyLowPercent: shown(anyLow),
  dropInTimeInTargetPercent: shown(drop),
  timeInTargetPercent: shown(target),
  timeCGMUsePercent: shown(use),
} as const;

/** In mmol/L, the same for all clinics. */
export const THRESHOLDS = {
  veryLowGlucoseThreshold: 3,
  lowGlucoseThreshold: 3.9,
  highGlucoseThreshold: 10,
  veryHighGlucoseThreshold: 13.9,
  extremeHighGlucoseThreshold: 19.4,
} as const;

export const PATIENTS_MAX = 100;
export const WITHOUT_DATA_MAX = 50;
/** A patient is without data when the last of it is older than this and either too old or of a lost connection. */
export const WITHOUT_DATA_AFTER_MS = 8 * 3_600_000;
export const DEXCOM = { providerName: "dexcom", state: "connected" } as const;

/** A patient of one category, with what to order by: the smaller value first. */
export interface Candidate {
  readonly key: number;
  /** Which of the asked categories, counted from 0. */
  readonly category: number;
  readonly value: number;
}

export interface Placed {
  readonly category: CategoryName;
  readonly keys: readonly number[];
}

/**
 * The lists of a report: the first hundred patients, category after category. Categories that are not reached any more
 * are left out, as nobody knows whether they would be empty. Equal values stand in the order of creation.
 */
export function placed(candidates: readonly Candidate[], asked: readonly CategoryName[]): Placed[] {
  const lists = asked.map((): Candidate[] => []);
  for (const candidate of candidates) lists[candidate.category]!.push(candidate);
  const result: Placed[] = [];
  let free = PATIENTS_MAX;
  for (const [i, category] of asked.entries()) {
    if (free === 0) break;
    const list = lists[i]!.toSorted((a, b) => a.value - b.value || a.key - b.key).slice(0, free);
    free -= list.length;
    result.push({ category, keys: list.map(({ key }) => key) });
  }
  return result;
}

/** A patient without data; the newest of it may never have come. */
export interface Silent {
  readonly key: number;
  readonly lastDataAt: number | null;
}

/** The first fifty patients without data: those who never had any, then those who have been silent for longest. */
export function longestSilent(silent: readonly Silent[]): number[] {
  const since = ({ lastDataAt }: Silent) => lastDataAt ?? Number.NEGATIVE_INFINITY;
  const order = (a: Silent, b: Silent) => (since(a) === since(b) ? a.key - b.key : since(a) - since(b));
  return silent
    .toSorted(order)
    .slice(0, WITHOUT_DATA_MAX)
    .map(({ key }) => key);
}
