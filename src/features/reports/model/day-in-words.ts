import { type ChartDay } from "./chart-days.ts";
import { counted } from "./chart-page.ts";
import { type Range, rangeOf, TARGET } from "./chart-plot.ts";
import { type DayReadings, percentile, runsOf, type Span } from "./chart-statistics.ts";
import { markText } from "./chart-symbols.ts";
import { type GlucoseUnit, glucoseText } from "./figures.ts";
import { clockText, dateText, dayText } from "./local-days.ts";

/** How many times of one kind a sentence names. */
const NAMED_MAX = 6;

/**
 * What the chart of a day shows, in words: the range of its readings, and when they are beyond the target. The segments
 * are those of its sensor's readings.
 */
export function dayInWords(day: ChartDay, segments: readonly Span[], unit: GlucoseUnit): string {
  const { sensor, fingersticks, marks } = day;
  const sentences = [
    `${dayText(day.day).slice(0, 3)} ${dateText(day.day)}, glucose in ${unit}.`,
    ...(day.hours === 24 ? [] : [`Clocks were changed, the day has ${day.hours} hours.`]),
    sensor.values.length === 0 ? "No sensor readings." : sensorText(sensor, segments, unit),
    fingersticks.values.length === 0 ? "No fingersticks." : fingersticksText(fingersticks, unit),
    ...(marks.length === 0
      ? []
      : [`${listed(marks, ({ minute, kind }) => `${clockText(minute)} ${markText(kind)}`)}.`]),
  ];
  return sentences.join(" ");
}

function sensorText(sensor: DayReadings, segments: readonly Span[], unit: GlucoseUnit): string {
  const sorted = Float64Array.from(sensor.values).toSorted();
  const [low, high] = [glucoseText(TARGET.low, unit), glucoseText(TARGET.high, unit)];
  return [
    `${counted(sorted.length, "sensor reading")} from ${glucoseText(sorted[0]!, unit)} to ${glucoseText(sorted.at(-1)!, unit)},`,
    `median ${glucoseText(percentile(sorted, 50), unit)};`,
    `below ${low}: ${timesIn(sensor, segments, "low")};`,
    `above ${high}: ${timesIn(sensor, segments, "high")};`,
    `recorded: ${listed(segments, (segment) => spanText(sensor, segment))}.`,
  ].join(" ");
}

function timesIn(sensor: DayReadings, segments: readonly Span[], range: Range): string {
  const spans = segments.flatMap(({ from, to }) =>
    runsOf(to - from, (i) => rangeOf(sensor.values[from + i]!) === range).map((run) => ({
      from: from + run.from,
      to: from + run.to,
    })),
  );
  return spans.length === 0 ? "never" : listed(spans, (span) => spanText(sensor, span));
}

function spanText({ minutes }: DayReadings, { from, to }: Span): string {
  const [first, last] = [clockText(minutes[from]!), clockText(minutes[to - 1]!)];
  return first === last ? first : `${first}–${last}`;
}

function fingersticksText({ minutes, values }: DayReadings, unit: GlucoseUnit): string {
  const texts = listed(values, (value, i) => {
    const range = rangeOf(value);
    return `${clockText(minutes[i]!)} ${glucoseText(value, unit)}${range === "target" ? "" : ` ${range}`}`;
  });
  return `${counted(values.length, "fingerstick")}: ${texts}.`;
}

function listed<T>(all: readonly T[], textOf: (it: T, i: number) => string): string {
  const rest = all.length - NAMED_MAX;
  return all.slice(0, NAMED_MAX).map(textOf).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
