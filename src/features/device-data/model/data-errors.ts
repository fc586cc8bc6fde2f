/** The datum an error is about, by what decides its rules. */
export interface DatumMeta {
  readonly type: string;
  readonly subType?: string;
  readonly deliveryType?: string;
}

/** What is wrong, without the place. */
export interface Fault {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

/** One error of a body or a query. Without `source` where the whole is wrong. */
export interface DatumError extends Fault {
  readonly source?: { readonly pointer: string } | { readonly parameter: string };
  readonly meta?: DatumMeta;
}

/** How many errors are reported at most; our choice. */
export const ERRORS_MAX = 1000;

/** The longest part of a client's text that a detail repeats; our choice. */
const QUOTED_LENGTH_MAX = 200;

const quoted = (text: string): string =>
  JSON.stringify(text.length > QUOTED_LENGTH_MAX ? `${text.slice(0, QUOTED_LENGTH_MAX)}…` : text);
const listed = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;

function jsonType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** Codes and titles have the published names of types; the detail names what was found as JSON does. */
export type ExpectedType = "bool" | "int" | "float64" | "string" | "array" | "object" | "time";

export const typeIsNot = (expected: ExpectedType, found: unknown): Fault => ({
  code: `type-not-${expected}`,
  title: `type is not ${expected}`,
  detail: `type is not ${expected}, but ${jsonType(found)}`,
});

const same = (code: string, title: string): Fault => ({ code, title, detail: title });

export const NOT_PARSED = same("not-parsed", "not parsed");
export const NOT_EXISTS = same("value-not-exists", "value does not exist");
export const EXISTS = same("value-exists", "value exists");
export const EMPTY = same("value-empty", "value is empty");
export const DUPLICATE = same("value-duplicate", "value is a duplicate");
export const JSON_MALFORMED = same("json-malformed", "json is malformed");

const TIME_FORMAT = "2006-01-02T15:04:05.999999999Z07:00";
const LOCAL_TIME_FORMAT = "2006-01-02T15:04:05";

export const timeNotParsable = (text: string): Fault => ({
  code: "value-not-parsable",
  title: "value is not a parsable time",
  detail: `value ${quoted(text)} is not a parsable time of format "${TIME_FORMAT}"`,
});

export const notAllowed = (text: string, allowed: readonly string[]): Fault => ({
  code: "value-not-allowed",
  title: "value is not one of the allowed values",
  detail: `value ${quoted(text)} is not one of ${listed(allowed)}`,
});

const outOfRange = (detail: string): Fault => ({
  code: "value-out-of-range",
  title: "value is out of range",
  detail,
});

/** For a value outside its bounds, of which one may be infinite. */
export function notBetween(value: number, min: number, max: number): Fault {
  if (max === Number.POSITIVE_INFINITY) return outOfRange(`value ${value} is not greater than or equal to ${min}`);
  if (min === Number.NEGATIVE_INFINITY) return outOfRange(`value ${value} is not less than or equal to ${max}`);
  return outOfRange(`value ${value} is not between ${min} and ${max}`);
}

export const notEqual = (text: string, expected: string): Fault =>
  outOfRange(`value ${quoted(text)} is not equal to ${JSON.stringify(expected)}`);

const notValid = (text: string, ending: string): Fault => ({
  code: "value-not-valid",
  title: "value is not valid",
  detail: `value ${quoted(text)} is not valid${ending}`,
});

export const notValidAs = (text: string, what: string): Fault => notValid(text, ` as ${what}`);
export const notValidTime = (text: string): Fault => notValidAs(text, `time with layout "${TIME_FORMAT}"`);
export const notValidLocalTime = (text: string): Fault => notValidAs(text, `time with layout "${LOCAL_TIME_FORMAT}"`);
export const notValidZone = (text: string): Fault => notValid(text, " time zone name");

export const noneOf = (names: readonly string[]): Fault => ({
  code: "values-not-exist-for-any",
  title: "values do not exist for any",
  detail: `values do not exist for any of ${listed(names)}`,
});

export const notForOneOf = (names: readonly string[]): Fault => ({
  code: "values-not-exist-for-one",
  title: "values do not exist for one",
  detail: `values do not exist for one of ${listed(names)}`,
});

const lengthOutOfRange = (detail: string): Fault => ({
  code: "length-out-of-range",
  title: "length is out of range",
  detail,
});

export const tooLong = (length: number, max: number): Fault =>
  lengthOutOfRange(`length ${length} is not less than or equal to ${max}`);
export const tooShort = (length: number, min: number): Fault =>
  lengthOutOfRange(`length ${length} is not greater than or equal to ${min}`);

export const tooLarge = (size: number, max: number): Fault => ({
  code: "size-out-of-range",
  title: "size is out of range",
  detail: `size ${size} is not less than or equal to ${max}`,
});

/** A JSON pointer (RFC 6901). */
export const pointerOf = (path: readonly (string | number)[]): string =>
  path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** An error at a place of the body. */
export const errorAt = (pointer: string, fault: Fault, meta?: DatumMeta): DatumError => ({
  ...fault,
  source: { pointer },
  ...(meta && { meta }),
});

/** An error of a query parameter. */
export const parameterError = (parameter: string, fault: Fault): DatumError => ({ ...fault, source: { parameter } });
