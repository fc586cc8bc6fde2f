import { clockOf } from "../../reports/model/clock.ts";

const HOUR_MS = 3_600_000;

/** An instant as the epoch milliseconds that its local time would be in UTC. */
export type ToLocal = (ms: number) => number;

export function localIn(timezone: string | null): ToLocal {
  const { offsetAt } = clockOf(timezone ?? undefined);
  return (ms) => ms + offsetAt(ms);
}

const dayOf = (local: number): string => new Date(local).toISOString().slice(0, 10);

/** Whether FHIR has such a date, of four digits and no year 0. Year 1 is the zero time, which clients send for none. */
export const isDate = (text: string): boolean => /^\d{4}-/.test(text) && text >= "0002";

/**
 * The local days of the first hour of a period and of its last data; both are of the period. Undefined where one of them is
 * no date.
 */
export function daysOf(
  lastData: number,
  days: number,
  toLocal: ToLocal,
): { readonly start: string; readonly end: string } | undefined {
  const firstHour = Math.floor(lastData / HOUR_MS) * HOUR_MS - (days * 24 - 1) * HOUR_MS;
  const [start, end] = [dayOf(toLocal(firstHour)), dayOf(toLocal(lastData))];
  return isDate(start) && isDate(end) ? { start, end } : undefined;
}
