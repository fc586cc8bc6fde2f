const DAY_MS = 86_400_000;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const moments = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** How long ago something was: hours within two days, days before. */
export function agoText(time: string | undefined, now = Date.now()): string {
  if (time === undefined) return "never";
  const ms = Date.parse(time) - now;
  return Math.abs(ms) < 2 * DAY_MS
    ? relative.format(Math.round(ms / 3_600_000), "hour")
    : relative.format(Math.round(ms / DAY_MS), "day");
}

/** A date such as one of birth, which has no time zone. The first of all days stands for one that nobody knows. */
export const dateText = (date: string): string =>
  date.startsWith("0001-") ? "unknown" : days.format(new Date(`${date}T00:00:00Z`));

/** A moment, in the time zone of who looks. */
export const momentText = (time: string): string => moments.format(new Date(time));

/** `1 patient`, `2 patients`. */
export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
