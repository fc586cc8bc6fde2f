/** Writes instants as local time in one zone. */
export interface Clock {
  /** The zone's name as it was given. */
  readonly zone: string;
  /** `2026-03-16 08:00 UTC-07:00`; the offset is the one in force at that instant. */
  readonly dateTime: (ms: number) => string;
  /** `16 Mar 2026, 08:00`. */
  readonly longDateTime: (ms: number) => string;
  /** `UTC-07:00`. */
  readonly offset: (ms: number) => string;
  /** Milliseconds that the zone is ahead of UTC. */
  readonly offsetAt: (ms: number) => number;
  /** Both ends of a period, with one offset where both have the same. */
  readonly period: (start: number, end: number) => string;
}

const UTC = "UTC";
const MINUTE_MS = 60_000;
export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** The clock of a zone; that of UTC where the name is missing or unknown to the runtime. */
export function clockOf(tzName: string | undefined): Clock {
  const format = offsetFormatOf(tzName);
  // Asking Intl takes longer than drawing a line of text.
  const offsets = new Map<number, number>();
  const offsetAt = (ms: number): number => {
    if (!format) return 0;
    const offset = offsets.get(ms) ?? offsetOf(format, ms);
    offsets.set(ms, offset);
    return offset;
  };
  const local = (ms: number) => new Date(ms + offsetAt(ms)).toISOString().slice(0, 16).replace("T", " ");
  const dateTime = (ms: number) => `${local(ms)} ${offsetText(offsetAt(ms))}`;
  return {
    zone: format ? tzName! : UTC,
    dateTime,
    longDateTime: (ms) => {
      const date = new Date(ms + offsetAt(ms));
      const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
      return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${time}`;
    },
    offset: (ms) => offsetText(offsetAt(ms)),
    offsetAt,
    period: (start, end) => `${offsetAt(start) === offsetAt(end) ? local(start) : dateTime(start)} – ${dateTime(end)}`,
  };
}

/** Whether the runtime knows a zone of this name. It takes offsets for zones, too: these have no name. */
export const isKnownZone = (tzName: string): boolean =>
  /^[A-Za-z]/.test(tzName) && offsetFormatOf(tzName) !== undefined;

/** Making one takes longer than drawing a page; most reports of an isolate are for a few zones. */
const formats = new Map<string, Intl.DateTimeFormat>();
const FORMATS_MAX = 50;

function offsetFormatOf(tzName: string | undefined): Intl.DateTimeFormat | undefined {
  if (tzName === undefined) return undefined;
  const known = formats.get(tzName);
  if (known) return known;
  try {
    const format = new Intl.DateTimeFormat("en", { timeZone: tzName, timeZoneName: "longOffset" });
    if (formats.size >= FORMATS_MAX) formats.clear();
    formats.set(tzName, format);
    return format;
  } catch {
    return undefined;
  }
}

/** In milliseconds, without the seconds that some offsets had before 1972. */
function offsetOf(format: Intl.DateTimeFormat, ms: number): number {
  const name = format.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours, minutes] = /^GMT([+\-\u2212])(\d{2}):(\d{2})/.exec(name) ?? [];
  if (sign === undefined) return 0;
  return (sign === "+" ? 1 : -1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}

function offsetText(ms: number): string {
  const minutes = Math.abs(ms) / MINUTE_MS;
  return `UTC${ms < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const two = (value: number) => String(value).padStart(2, "0");
