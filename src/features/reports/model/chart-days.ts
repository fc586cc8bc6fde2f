import type { ChartData, MarkKind, TimedValues } from "./chart-data.ts";
import type { DayReadings } from "./chart-statistics.ts";
import type { Clock } from "./clock.ts";
import type { ReportOptions } from "./content.ts";
import { DAY_MS, dayOf, HOUR_MS, localTimes, minuteOf, type Stretch, stretchesOf, unusualDays } from "./local-days.ts";

/** A local day and what devices recorded on it. */
export interface ChartDay {
  /** Since 1 January 1970. */
  readonly day: number;
  /** 24 unless clocks change on it. */
  readonly hours: number;
  readonly sensor: DayReadings;
  readonly fingersticks: DayReadings;
  readonly marks: readonly { readonly minute: number; readonly kind: MarkKind }[];
}

/** Consecutive local days, one at least, of which one has data. */
export interface ChartDays {
  readonly days: readonly ChartDay[];
  /** Whether more days are asked for than a report draws. */
  readonly isCut: boolean;
}

/** As long as the periods that flowsheets are about. */
const USUAL_DAYS = 14;
/** Our choice: five pages of small charts. */
export const CHART_DAYS_MAX = 31;

/**
 * The days that a report draws: as many as its period has, and the last of them the day on which the period ends; without
 * a period the 14 days up to the newest data. A day is one of the clinic's zone, from 00:00 to 24:00 on its clocks.
 * Undefined without data.
 */
export function chartDaysOf(
  data: ChartData | undefined,
  options: Pick<ReportOptions, "startDate" | "endDate">,
  clock: Clock,
): ChartDays | undefined {
  if (!data) return undefined;
  const newest = newestOf(data);
  if (newest === undefined) return undefined;
  const { startDate, endDate } = options;
  const hasPeriod = startDate !== undefined && endDate !== undefined;
  // A period that ends at midnight has nothing of the day that begins then, unless its last reading was taken just then.
  const isReading = [data.sensor, data.fingersticks].some(({ times }) => hasPeriod && times.includes(endDate));
  const end = hasPeriod ? endDate - (isReading ? 0 : 1) : newest;
  // Days of 25 hours may make a period of whole days an hour longer.
  const asked = hasPeriod ? Math.ceil((endDate - startDate - HOUR_MS) / DAY_MS) : USUAL_DAYS;
  const localDay = (ms: number) => dayOf(ms + clock.offsetAt(ms));
  const last = localDay(end);
  const first = Math.max(last - Math.min(Math.max(asked, 1), CHART_DAYS_MAX) + 1, localDay(data.from));
  const days = daysBetween(data, { first, last: Math.min(last, localDay(data.to)) }, clock);
  const hasData = days.some(
    ({ sensor, fingersticks, marks }) => sensor.times.length + fingersticks.times.length + marks.length > 0,
  );
  return hasData ? { days, isCut: asked > CHART_DAYS_MAX } : undefined;
}

function newestOf({ sensor, fingersticks, marks }: ChartData): number | undefined {
  const newest = Math.max(sensor.times.at(-1) ?? -Infinity, fingersticks.times.at(-1) ?? -Infinity);
  return newest > -Infinity ? newest : marks.at(-1)?.time;
}

interface Days {
  readonly first: number;
  readonly last: number;
}

function daysBetween(data: ChartData, { first, last }: Days, clock: Clock): ChartDay[] {
  // No clock is more than a day ahead of another.
  const stretches = stretchesOf((first - 1) * DAY_MS, (last + 2) * DAY_MS, clock.offsetAt);
  const hours = unusualDays(stretches);
  const days = Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => ({
    day: first + i,
    hours: hours.get(first + i) ?? 24,
    sensor: { times: [] as number[], minutes: [] as number[], values: [] as number[] },
    fingersticks: { times: [] as number[], minutes: [] as number[], values: [] as number[] },
    marks: [] as { minute: number; kind: MarkKind }[],
  }));
  for (const name of ["sensor", "fingersticks"] as const) {
    eachOfDays(data[name].times, stretches, first, (i, minute, place) => {
      const readings = days[place]?.[name];
      readings?.times.push(data[name].times[i]!);
      readings?.minutes.push(minute);
      readings?.values.push(data[name].values[i]!);
    });
  }
  const { marks } = data;
  const markTimes = marks.map(({ time }) => time);
  eachOfDays(markTimes, stretches, first, (i, minute, place) =>
    days[place]?.marks.push({ minute, kind: marks[i]!.kind }),
  );
  return days;
}

function eachOfDays(
  times: TimedValues["times"],
  stretches: readonly Stretch[],
  first: number,
  take: (i: number, minute: number, place: number) => void,
): void {
  const local = localTimes(times, stretches);
  for (const [i, at] of local.entries()) take(i, minuteOf(at), dayOf(at) - first);
}
