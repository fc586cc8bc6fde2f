import { UNKNOWN_DATE } from "../text/unknown-date.ts";
import { z } from "@hono/zod-openapi";
import { OBJECT_ID, USER_ID } from "./ids.ts";

/** The id of a clinic, tag, site or data source in bodies and paths. */
export const ObjectId = z.string().regex(OBJECT_ID).length(24);
/** The id of a person's account. */
export const UserId = z.string().regex(USER_ID).max(36);
/** The schemas that are nothing but a pattern, with it: a text is told to fit without zod, which takes its time to say so. */
export const PATTERNS: ReadonlyMap<z.ZodType, RegExp> = new Map<z.ZodType, RegExp>([
  [ObjectId, OBJECT_ID],
  [UserId, USER_ID],
]);

// Date.parse accepts 24:00 and offsets of a day; RFC 3339 does not. Leap seconds are refused: a Date can't hold them.
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;
/** Includes more fraction digits than any clock has. Our choice. */
const DATE_TIME_LENGTH_MAX = 64;
const CALENDAR_DATE = /^\d{4}-\d{2}-\d{2}$/;
const CALENDAR_DATE_LENGTH = "2026-03-01".length;
const DAY_MS = 86_400_000;
/** An offset can move an instant beyond four-digit years, which can't be serialised: refused. */
const INSTANT_MIN = Date.parse("0000-01-01T00:00:00Z");
const INSTANT_MAX = Date.parse("9999-12-31T23:59:59.999Z");

function isInstant(text: string): boolean {
  if (text.length > DATE_TIME_LENGTH_MAX || !DATE_TIME.test(text) || !isCalendarDate(text.slice(0, 10))) return false;
  const instant = Date.parse(text);
  return instant >= INSTANT_MIN && instant <= INSTANT_MAX;
}

function isCalendarDate(text: string): boolean {
  if (!CALENDAR_DATE.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** An RFC 3339 instant with a time zone. Without a zone it would be ambiguous: refused. */
export const DateTime = z
  .string()
  .refine(isInstant, { error: "a date-time with a time zone is expected, such as 2026-03-01T09:30:00Z" })
  .openapi({ format: "date-time", maxLength: DATE_TIME_LENGTH_MAX });

/** Earlier than any living person's birth. */
const BIRTH_DATE_MIN = "1880-01-01";

/** Tomorrow in UTC is today in some time zones. */
const isBirthDate = (text: string): boolean =>
  text === UNKNOWN_DATE ||
  (isCalendarDate(text) &&
    text >= BIRTH_DATE_MIN &&
    text <= new Date(Date.now() + DAY_MS).toISOString().slice(0, CALENDAR_DATE_LENGTH));

/** A birth date, or the unknown date. */
export const BirthDate = z
  .string()
  .refine(isBirthDate, { error: `a calendar date from ${BIRTH_DATE_MIN} to today is expected, such as 1987-02-03` })
  .openapi({
    format: "date",
    maxLength: CALENDAR_DATE_LENGTH,
    description: `From ${BIRTH_DATE_MIN} to today, or ${UNKNOWN_DATE} where it is not known.`,
  });

const DATES_MAX = 10_000;
const dates = new Map<number, string>();
const padded = (count: number, length: number) =>
  Array.from({ length: count }, (_, i) => String(i).padStart(length, "0"));
const [TWO_DIGITS, THREE_DIGITS] = [padded(60, 2), padded(1000, 3)];

/**
 * Formats epoch milliseconds like `toISOString`. A page of patients has six hundred instants of few days, so the date
 * part is cached by day.
 */
export function toDateTime(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  let date = dates.get(day);
  if (date === undefined) {
    date = new Date(day * DAY_MS).toISOString().split("T")[0]!;
    if (dates.size >= DATES_MAX) dates.clear();
    dates.set(day, date);
  }
  const time = ms - day * DAY_MS;
  const hours = TWO_DIGITS[Math.floor(time / 3_600_000)];
  const minutes = TWO_DIGITS[Math.floor(time / 60_000) % 60];
  const seconds = TWO_DIGITS[Math.floor(time / 1000) % 60];
  return `${date}T${hours}:${minutes}:${seconds}.${THREE_DIGITS[time % 1000]}Z`;
}

/** Parses an instant into its stored form, epoch milliseconds. */
export const fromDateTime = (text: string): number => Date.parse(text);

const ZERO_TIME = fromDateTime("0001-01-01T00:00:00Z");

/** The bound of a time filter. Deployed clients send the zero time for no bound. */
export function boundOf(text: string | undefined): number | undefined {
  const instant = text === undefined ? undefined : fromDateTime(text);
  return instant === ZERO_TIME ? undefined : instant;
}

/** The longest safe integer with some leading zeros. */
const INTEGER_LENGTH_MAX = 20;
const wholeNumber = (text: string) =>
  text.length <= INTEGER_LENGTH_MAX && /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text));

const integerParameter = (minimum: number) =>
  z
    .string()
    .refine((text) => wholeNumber(text) && Number(text) >= minimum, {
      error: `an integer from ${minimum} to ${Number.MAX_SAFE_INTEGER} is expected`,
    })
    .transform(Number);

/** The upper bound of a page; a larger limit is reduced to this one. */
export const PAGE_MAX = 1000;

/** `offset` and `limit`, as every list has them. */
export const Paging = {
  offset: integerParameter(0).optional().openapi({ type: "integer", minimum: 0, default: 0 }),
  limit: integerParameter(1)
    .optional()
    .openapi({
      type: "integer",
      minimum: 1,
      default: 10,
      description: `The maximum number of entries to return. Values above ${PAGE_MAX} count as ${PAGE_MAX}.`,
    }),
};

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** The requested page, with the published defaults. */
export const pageOf = (query: { offset?: number | undefined; limit?: number | undefined }): Page => ({
  offset: query.offset ?? 0,
  limit: Math.min(query.limit ?? 10, PAGE_MAX),
});

const TRUE = new Set(["true", "1", "t", "T", "TRUE", "True"]);
const FALSE = new Set(["false", "0", "f", "F", "FALSE", "False"]);

/** A boolean in a query. */
export const BooleanParameter = z
  .string()
  .refine((text) => TRUE.has(text) || FALSE.has(text), { error: "true or false is expected" })
  .transform((text) => TRUE.has(text))
  .openapi({ type: "boolean" });

/** Longer than any id or category name. */
const ENTRY_LENGTH_MAX = 40;

/** A comma-separated query parameter with at most `max` non-empty entries. */
export const commaSeparated = (max: number) =>
  z.string().transform((text, ctx) => {
    const entries = text.split(",", max + 1);
    if (entries.length > max || entries.some((entry) => entry.length > ENTRY_LENGTH_MAX)) {
      ctx.addIssue({ code: "custom", message: `at most ${max} short entries, separated by commas, are expected` });
    } else if (entries.includes("")) {
      ctx.addIssue({ code: "custom", message: "empty value is not allowed" });
    }
    return entries;
  });

/** Our choice: more than any clinic has, and they still fit in a URL. */
export const IDS_MAX = 500;

export const jsonBody = <S extends z.ZodType>(schema: S) => ({
  required: true as const,
  content: { "application/json": { schema } },
});

export const optionalJsonBody = <S extends z.ZodType>(schema: S) => ({
  required: false as const,
  content: { "application/json": { schema } },
});

export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/** Parses a nullable JSON column. */
export const parsedJson = <T>(text: string | null): T | undefined =>
  text === null ? undefined : (JSON.parse(text) as T);

/** Serialises an optional value for a nullable JSON column. */
export const storedJson = (value: unknown): string | null =>
  value === undefined || value === null ? null : JSON.stringify(value);

/** Whether a Prefer header (RFC 7240) contains `respond-async`. */
export const prefersAsync = (prefer: string | undefined): boolean =>
  (prefer ?? "").split(",").some((preference) => preference.split(";", 1)[0]!.trim().toLowerCase() === "respond-async");
