import { MONTHS } from "./clock.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const DAY_MINUTES = 24 * 60;

/** Milliseconds that a zone is ahead of UTC at an instant. */
export type OffsetAt = (ms: number) => number;

/** A time with one offset from UTC; it ends where the next begins. */
export interface Stretch {
  readonly from: number;
  readonly offset: number;
}

/**
 * The offsets between two instants, the first from `from` on. A zone is asked once a day and at its changes: asking Intl
 * for each reading would take longer than drawing them. No zone has changed its offset twice on a day and back.
 */
export function stretchesOf(from: number, to: number, offsetAt: OffsetAt): Stretch[] {
  const stretches: Stretch[] = [{ from, offset: offsetAt(from) }];
  for (let before = from; before < to; ) {
    const after = Math.min(before + DAY_MS, to);
    const [old, offset] = [stretches.at(-1)!.offset, offsetAt(after)];
    if (offset !== old) stretches.push({ from: firstAfter(before, after, (ms) => offsetAt(ms) !== old), offset });
    before = after;
  }
  return stretches;
}

/** The first instant at which something is true that is not at `before` and is from some time until `after`. */
function firstAfter(before: number, after: number, isTrue: (ms: number) => boolean): number {
  let [no, yes] = [before, after];
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (isTrue(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** Local time as the epoch milliseconds that it would be in UTC. Times are in order and not before the first stretch. */
export function localTimes(times: readonly number[], stretches: readonly Stretch[]): Float64Array {
  const local = new Float64Array(times.length);
  let place = 0;
  for (const [i, time] of times.entries()) {
    while (place + 1 < stretches.length && stretches[place + 1]!.from <= time) place += 1;
    local[i] = time + stretches[place]!.offset;
  }
  return local;
}

/** The number of a local day: days since 1 January 1970. */
export const dayOf = (local: number): number => Math.floor(local / DAY_MS);

/** What the clock shows, in minutes since 00:00, with their fraction. */
export const minuteOf = (local: number): number => (local - dayOf(local) * DAY_MS) / MINUTE_MS;

/** How many hours each local day has whose clocks change; all others have 24. */
export function unusualDays(stretches: readonly Stretch[]): Map<number, number> {
  const hours = new Map<number, number>();
  for (let i = 1; i < stretches.length; i++) {
    const { from, offset } = stretches[i]!;
    const old = stretches[i - 1]!.offset;
    // Of a midnight that is skipped or repeated, this is the day that is shorter or longer by it.
    const day = dayOf(from + Math.min(old, offset));
    hours.set(day, (hours.get(day) ?? 24) - (offset - old) / HOUR_MS);
  }
  return hours;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** `Mon 16 Mar`. */
export function dayText(day: number): string {
  const date = new Date(day * DAY_MS);
  return `${WEEKDAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `16 Mar 2026`. */
export function dateText(day: number): string {
  const date = new Date(day * DAY_MS);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** `07:30`; `24:00` at the end of a day. */
export function clockText(minute: number): string {
  const whole = Math.floor(minute);
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}
