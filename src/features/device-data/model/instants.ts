const DAY_MS = 86_400_000;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_BEFORE_MONTH = DAYS_OF_MONTH.map((_, month) =>
  DAYS_OF_MONTH.slice(0, month).reduce((days, more) => days + more, 0),
);
/** Days from the first of the year 0 to that of 1970. */
const EPOCH_DAY = 719_528;

/** Later than the year 9999, or earlier than 0000, an instant can't be written. */
const INSTANT_MIN = -62_167_219_200_000;
const INSTANT_MAX = 253_402_300_799_999;

/** The instant that stands for no time at all: the first of the year 1. */
export const ZERO_INSTANT = -62_135_596_800_000;

/** Date and time without fraction and zone. */
const LOCAL_LENGTH = "2024-05-01T20:15:30".length;
const FRACTION_DIGITS_MAX = 9;

const [ZERO, NINE, DASH, PLUS, POINT, COLON] = [0x30, 0x39, 0x2d, 0x2b, 0x2e, 0x3a];
/** Upper and lower case differ by one bit. */
const LOWER_CASE = 0x20;
const [T, Z] = [0x74, 0x7a];

/** Negative enough to stay negative in what is computed with it. */
const NO_NUMBER = -1_000_000;

/** The number that two digits write; negative for other characters. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NO_NUMBER;
}

/** The epoch milliseconds of the date and time at the start of a text, taken as UTC; NaN when there is none such. */
function localPart(text: string): number {
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const hours = two(text, 11);
  const minutes = two(text, 14);
  const seconds = two(text, 17);
  const isPunctuated =
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    (text.charCodeAt(10) | LOWER_CASE) === T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON;
  const isDate = year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
  // A leap second is none that a clock here could hold.
  const isTime = hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59 && seconds >= 0 && seconds <= 59;
  if (!isPunctuated || !isDate || !isTime) return Number.NaN;
  return daysSinceEpoch(year, month, day) * DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const daysOf = (year: number, month: number): number =>
  month === 2 && isLeapYear(year) ? 29 : DAYS_OF_MONTH[month - 1]!;

/** The days of all years before one, from the year 0, which was a leap year. */
const daysBefore = (year: number): number =>
  year * 365 + (((year + 3) / 4) | 0) - (((year + 99) / 100) | 0) + (((year + 399) / 400) | 0);

const daysSinceEpoch = (year: number, month: number, day: number): number =>
  daysBefore(year) + DAYS_BEFORE_MONTH[month - 1]! + (month > 2 && isLeapYear(year) ? 1 : 0) + day - 1 - EPOCH_DAY;

/** The end of a fraction that may begin at a place; NaN when it has no digits or too many. */
function fractionEnd(text: string, start: number): number {
  if (text.charCodeAt(start) !== POINT) return start;
  let end = start + 1;
  while (text.charCodeAt(end) >= ZERO && text.charCodeAt(end) <= NINE) end += 1;
  return end > start + 1 && end <= start + 1 + FRACTION_DIGITS_MAX ? end : Number.NaN;
}

/** The milliseconds of a fraction `.123…`, further digits cut off. */
function fractionMs(text: string, start: number, end: number): number {
  let ms = 0;
  for (let at = start + 1, worth = 100; at < end && worth >= 1; at++, worth /= 10) {
    ms += (text.charCodeAt(at) - ZERO) * worth;
  }
  return ms;
}

/**
 * The epoch milliseconds of an RFC 3339 instant with a zone, cut to milliseconds; NaN for any other text, for a date
 * or time that no calendar or clock shows, and for leap seconds.
 */
export function instantOf(text: string): number {
  const local = localPart(text);
  const end = fractionEnd(text, LOCAL_LENGTH);
  if (Number.isNaN(local) || Number.isNaN(end)) return Number.NaN;
  const instant = local + fractionMs(text, LOCAL_LENGTH, end) - zoneMs(text, end);
  return instant >= INSTANT_MIN && instant <= INSTANT_MAX ? instant : Number.NaN;
}

/** The epoch nanoseconds of such an instant, nothing cut off; undefined for any other text. */
export function nanosecondsOf(text: string): bigint | undefined {
  const instant = instantOf(text);
  if (Number.isNaN(instant)) return undefined;
  const belowMs = /\.\d{3}(\d+)/.exec(text)?.[1] ?? "";
  return BigInt(instant) * 1_000_000n + BigInt(belowMs.padEnd(6, "0"));
}

/** The offset of the zone that a text ends with, in milliseconds; NaN when it does not. */
function zoneMs(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  if ((sign | LOWER_CASE) === Z) return text.length === at + 1 ? 0 : Number.NaN;
  const hours = two(text, at + 1);
  const minutes = two(text, at + 4);
  const isOffset =
    (sign === PLUS || sign === DASH) &&
    text.charCodeAt(at + 3) === COLON &&
    text.length === at + 6 &&
    hours >= 0 &&
    hours <= 23 &&
    minutes >= 0 &&
    minutes <= 59;
  return isOffset ? (sign === PLUS ? 1 : -1) * (hours * 60 + minutes) * 60_000 : Number.NaN;
}

/** Whether a text is a date and time without zone that a clock could show. A fraction may follow the seconds. */
export const isLocalTime = (text: string): boolean =>
  text.charCodeAt(10) === T - LOWER_CASE &&
  !Number.isNaN(localPart(text)) &&
  fractionEnd(text, LOCAL_LENGTH) === text.length;

/** Longer than the name of any zone. */
const ZONE_LENGTH_MAX = 64;
/** There are about 600 zones, and names that are none are remembered as well. */
const ZONES_KEPT_MAX = 2000;
const zones = new Map<string, boolean>();

/** Whether a text is the name of an IANA time zone, links such as `US/Pacific` included. */
export function isZone(name: string): boolean {
  // The runtime takes offsets for zones, too.
  if (name.length > ZONE_LENGTH_MAX || !/^[A-Za-z]/.test(name)) return false;
  let isKnown = zones.get(name);
  if (isKnown === undefined) {
    isKnown = isZoneOfRuntime(name);
    if (zones.size >= ZONES_KEPT_MAX) zones.clear();
    zones.set(name, isKnown);
  }
  return isKnown;
}

function isZoneOfRuntime(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

/** An instant as RFC 3339 in UTC, its fraction without trailing zeros. */
export const utcText = (ms: number): string => new Date(ms).toISOString().replace(/\.?0*Z$/, "Z");
