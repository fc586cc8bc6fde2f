/** What can be searched by, for routes, searches and the CapabilityStatement. */
export const SEARCHES = {
  Patient: { _id: "token", identifier: "token", birthdate: "date", name: "string" },
  Observation: {
    patient: "reference",
    subject: "reference",
    category: "token",
    code: "token",
    date: "date",
    _id: "token",
  },
  DocumentReference: { patient: "reference", type: "token", period: "date", date: "date", _id: "token" },
} as const;
export type Searched = keyof typeof SEARCHES;

/** What any search may have besides. */
export const CONTROLS = ["_count", "_format", "_pretty", "_summary", "_total", "_cursor", "_sort", "_include"];
/** Those that one type alone has. */
export const OF_OBSERVATIONS = new Set(["_sort", "_include"]);

/** Those whose values say who somebody is: they are in no link that can be read. */
export const PERSONAL = new Set(["identifier", "birthdate", "name"]);

/** Longer than any list of ids that is asked for. Our choice; of a cursor it is enough for all that can be searched for. */
export const VALUE_LENGTH_MAX = 8000;

/** Values of one parameter that all have to match, each a list of alternatives. */
export type Wanted = readonly (readonly string[])[];

/** A value as it is meant: a comma, a dollar or a backslash of its own stands behind a backslash. */
export const unescaped = (text: string): string => text.replaceAll(/\\([\\,$])/g, "$1");

/** The alternatives of a parameter: commas part them. A bar behind a backslash is left so, for tokens. */
export const valuesOf = (text: string): string[] => text.split(/(?<=(?:^|[^\\])(?:\\\\)*),/).map(unescaped);

/** A date or a stretch of time as the epoch milliseconds that its local time would be in UTC, both ends included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
export interface WantedDate extends Span {
  readonly prefix: string;
}

const DATE =
  /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const [SECOND_MS, MINUTE_MS, DAY_MS] = [1000, 60_000, 86_400_000];

/** A date of a search; undefined where it is none. A time with a zone becomes local, one without is local. */
export function dateOf(text: string, toLocal: (ms: number) => number): WantedDate | undefined {
  const [, prefix = "eq", year, month, day, hour, minute, second, fraction, zone] = DATE.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = `${year}-${month ?? "01"}-${day ?? "01"}`;
  const start = Date.parse(
    `${date}T${hour ?? "00"}:${minute ?? "00"}:${second ?? "00"}.${(fraction ?? "0").slice(0, 3)}${zone ?? "Z"}`,
  );
  // Date.parse takes 31 February for a day of March, and 24:00 for the next day.
  if (Number.isNaN(start) || hour === "24" || new Date(`${date}T00:00Z`).getUTCDate() !== Number(day ?? 1))
    return undefined;
  if (hour !== undefined) {
    const from = zone === undefined ? start : toLocal(start);
    const length = fraction === undefined ? (second === undefined ? MINUTE_MS : SECOND_MS) : 1;
    return { prefix, start: from, end: from + length - 1 };
  }
  const next = new Date(start);
  if (month === undefined) next.setUTCFullYear(next.getUTCFullYear() + 1);
  else if (day === undefined) next.setUTCMonth(next.getUTCMonth() + 1);
  else next.setTime(start + DAY_MS);
  return { prefix, start, end: next.getTime() - 1 };
}

const EQ = (t: Span, p: Span) => p.start <= t.start && t.end <= p.end;
const COMPARISONS: Readonly<Record<string, (target: Span, wanted: Span) => boolean>> = {
  eq: EQ,
  ne: (t, p) => !EQ(t, p),
  gt: (t, p) => t.end > p.end,
  lt: (t, p) => t.start < p.start,
  ge: (t, p) => t.end > p.end || EQ(t, p),
  le: (t, p) => t.start < p.start || EQ(t, p),
  sa: (t, p) => t.start > p.end,
  eb: (t, p) => t.end < p.start,
  ap: (t, p) => t.start <= p.end && p.start <= t.end,
};

/** Whether a stretch of time is one that is wanted. */
export const isWantedDate = (target: Span, wanted: WantedDate): boolean => COMPARISONS[wanted.prefix]!(target, wanted);

/** The stretch of time of days. */
export const spanOfDays = ({ start, end }: { readonly start: string; readonly end: string }): Span => ({
  start: Date.parse(start),
  end: Date.parse(end) + DAY_MS - 1,
});

/** Whether a coding is what a token says: a code, or `system|code`. */
export function isWantedToken(token: string, system: string, code: string): boolean {
  const bar = token.indexOf("|");
  if (bar < 0) return token === code;
  return token.slice(0, bar) === system && (bar === token.length - 1 || token.slice(bar + 1) === code);
}
