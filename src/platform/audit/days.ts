const DAY_MS = 86_400_000;

/** The UTC day of a time, as `2026-11-28`. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** When a day is over: the first millisecond of the next. */
export const dayEnd = (day: string): number => Date.parse(day) + DAY_MS;

/** The day that lies so many days before a time. */
export const dayBefore = (at: number, days: number): string => dayOf(at - days * DAY_MS);

/** The name of a part of a day's export in the object store. */
export const keyOf = (day: string, part: number): string => `${day}/${String(part).padStart(6, "0")}.ndjson`;
