import { z } from "@hono/zod-openapi";
import { OBJECT_ID, USER_ID } from "./ids.ts";

/** A clinic, tag, site or data source id as it stands in bodies and paths. */
export const ObjectId = z.string().regex(OBJECT_ID).length(24);
/** The id of a person's account. */
export const UserId = z.string().regex(USER_ID);

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;
const CALENDAR_DATE = /^\d{4}-\d{2}-\d{2}$/;
/** An offset may lead out of the years that can be written with four digits: what can't be shown is not taken. */
const INSTANT_MIN = Date.parse("0000-01-01T00:00:00Z");
const INSTANT_MAX = Date.parse("9999-12-31T23:59:59.999Z");

function isInstant(text: string): boolean {
  if (!DATE_TIME.test(text) || !isCalendarDate(text.slice(0, 10))) return false;
  const instant = Date.parse(text);
  return instant >= INSTANT_MIN && instant <= INSTANT_MAX;
}

function isCalendarDate(text: string): boolean {
  if (!CALENDAR_DATE.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** An RFC 3339 instant with its zone. Without a zone it would mean a different instant to every reader: refused. */
export const DateTime = z
  .string()
  .refine(isInstant, { error: "a date-time with a time zone is expected, such as 2026-03-01T09:30:00Z" })
  .openapi({ format: "date-time" });

/** A day of the calendar, `YYYY-MM-DD`, that exists. */
export const CalendarDate = z
  .string()
  .refine(isCalendarDate, { error: "a calendar date is expected, such as 1987-02-03" })
  .openapi({ format: "date" });

const EMAIL_LENGTH_MAX = 320;
const isEmail = (text: string) => /^[^\s@]+@[^\s@]+$/.test(text) && text.length <= EMAIL_LENGTH_MAX;
const email = (isValid: (text: string) => boolean) =>
  z.string().refine(isValid, { error: "an e-mail address is expected" }).openapi({ format: "email" });

/** An address of the loose form `x@y`; its case does not matter. */
export const Email = email(isEmail);

/** An address, or the empty text for none. */
export const EmailOrEmpty = email((text) => text === "" || isEmail(text));

const DAY_MS = 86_400_000;
const DATES_MAX = 10_000;
const dates = new Map<number, string>();
const padded = (count: number, length: number) =>
  Array.from({ length: count }, (_, i) => String(i).padStart(length, "0"));
const [TWO_DIGITS, THREE_DIGITS] = [padded(60, 2), padded(1000, 3)];

/**
 * Epoch milliseconds as the wire shows them: what `toISOString` says. A page of patients shows six hundred instants of few
 * days: the date is made once for each.
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

/** The stored form of an instant the wire gave. */
export const fromDateTime = (text: string): number => Date.parse(text);

const ZERO_TIME = fromDateTime("0001-01-01T00:00:00Z");

/** The instant a list is bounded by. Deployed callers send the zero time where they mean no bound. */
export function boundOf(text: string | undefined): number | undefined {
  const instant = text === undefined ? undefined : fromDateTime(text);
  return instant === ZERO_TIME ? undefined : instant;
}

const wholeNumber = (text: string) => /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text));

const integerParameter = (minimum: number) =>
  z
    .string()
    .refine((text) => wholeNumber(text) && Number(text) >= minimum, {
      error: `an integer of at least ${minimum} is expected`,
    })
    .transform(Number);

/** A page never holds more than this, however large the asked limit: larger ones are served as this one. */
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
      description: `The number of entries asked for. A page holds at most ${PAGE_MAX}.`,
    }),
};

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** The page a query asks for, with the published defaults. */
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

/** A list without repeated entries. */
export const uniqueItems = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .refine((items) => new Set(items.map((entry) => JSON.stringify(entry))).size === items.length, {
      error: "repeated entries are not allowed",
    })
    .openapi({ uniqueItems: true });

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

/** Parses a JSON column that the schema lets be NULL. */
export const parsedJson = <T>(text: string | null): T | undefined =>
  text === null ? undefined : (JSON.parse(text) as T);

/** The stored form of an optional value of a JSON column. */
export const storedJson = (value: unknown): string | null =>
  value === undefined || value === null ? null : JSON.stringify(value);

/** Whether a Prefer header (RFC 7240) asks for an answer before the work is done. */
export const prefersAsync = (prefer: string | undefined): boolean =>
  (prefer ?? "").split(",").some((preference) => preference.split(";", 1)[0]!.trim().toLowerCase() === "respond-async");
