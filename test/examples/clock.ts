import { vi } from "vitest";

/**
 * The clock of the scenario: it stands still, and goes on a little before each call, so that every time is the same in every
 * run. It stands in a year to come, where no alarm of an object rings by itself; the examples show the same day of a year
 * with the same calendar.
 */

const YEARS_AHEAD = 56;
const START = "2026-03-02T17:00:00.000Z";
const TICK_MS = 5_000;

/** A time of the examples, such as "2026-03-02T08:15:00.000Z", as the scenario has it. */
export const onStage = (time: string): string => {
  const year = Number(time.slice(0, 4)) + YEARS_AHEAD;
  return `${year}${time.slice(4)}`;
};

const PLAYED_DATE = /\b20[78]\d(?=-\d\d-\d\d)/g;

/** A text of the scenario with its dates as the examples show them. */
export const published = (text: string): string =>
  text.replace(PLAYED_DATE, (year) => String(Number(year) - YEARS_AHEAD));

/** Stops the clock at the beginning of the scenario. */
export const startClock = (): void => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(onStage(START)) });
};

/** Moves the clock on. */
export const tick = (): void => {
  vi.setSystemTime(Date.now() + TICK_MS);
};

/** Gives the real clock back. */
export const stopClock = (): void => {
  vi.useRealTimers();
};
