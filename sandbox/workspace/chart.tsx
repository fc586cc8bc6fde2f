import { useState } from "react";
import { type CbgV1, type Client, cursorPages, queryData, type SmbgV1 } from "../../client/index.ts";
import { useAnswer } from "./answer.ts";
import { inUnits, type Units } from "./glucose.ts";
import { Select, Shown } from "./parts.tsx";
import { countText, momentText } from "./texts.ts";

const DAY_MS = 86_400_000;
const SPANS = [
  { value: "1", text: "1 day" },
  { value: "3", text: "3 days" },
  { value: "14", text: "14 days" },
] as const;
type Span = (typeof SPANS)[number]["value"];

/** In units of the drawing, which is scaled to the width there is. */
const BOX = { width: 900, height: 260, left: 44, right: 8, top: 10, bottom: 26 };
const MMOL_MAX = 22.2;
/** Where lines are drawn: the target range, and one above. */
const LEVELS: Readonly<Record<Units, readonly number[]>> = { "mg/dL": [70, 180, 300], "mmol/L": [3.9, 10, 16.7] };
const TARGET = { low: 3.9, high: 10 };

type Reading = Pick<CbgV1 | SmbgV1, "type" | "time" | "value">;
interface Bolus {
  readonly time: string;
  readonly insulin: number;
}
interface Found {
  readonly end: number;
  readonly readings: readonly Reading[];
  readonly boluses: readonly Bolus[];
}

/** What devices have uploaded of somebody up to the newest reading: glucose, and insulin as bars. */
export function GlucoseChart(props: { readonly client: Client; readonly userId: string; readonly units: Units }) {
  const { client, userId, units } = props;
  const [span, setSpan] = useState<Span>("3");
  const answer = useAnswer((signal) => readData(client, userId, Number(span), signal), [client, userId, span]);
  return (
    <>
      <Select label="Up to the newest reading" value={span} choices={SPANS} onChange={setSpan} />
      <Shown of={answer}>
        {(found) =>
          found === undefined ? (
            <p>No device has uploaded anything: the summaries above came ready made.</p>
          ) : (
            <Drawing {...found} days={Number(span)} units={units} />
          )
        }
      </Shown>
    </>
  );
}

async function readData(client: Client, userId: string, days: number, signal: AbortSignal): Promise<Found | undefined> {
  const path = { userId };
  const newest = await queryData({ client, path, query: { type: "cbg,smbg", latest: true }, signal });
  const end = Math.max(...newest.flatMap((datum) => ("time" in datum ? [Date.parse(datum.time ?? "")] : [])));
  if (!Number.isFinite(end)) return undefined;
  const query = {
    type: "cbg,smbg,bolus",
    startDate: new Date(end - days * DAY_MS).toISOString(),
    endDate: new Date(end + 1).toISOString(),
  };
  const readings: Reading[] = [];
  const boluses: Bolus[] = [];
  for await (const datum of cursorPages(queryData, { client, path, query, signal })) {
    if (datum.type === "cbg" || datum.type === "smbg") readings.push(datum);
    else if (datum.type === "bolus") boluses.push({ time: datum.time, insulin: insulinOf(datum) });
  }
  return { end, readings, boluses };
}

/** Units of insulin, at once and extended. */
function insulinOf(bolus: { readonly normal?: number; readonly extended?: number }): number {
  return (bolus.normal ?? 0) + (bolus.extended ?? 0);
}

function Drawing({ end, readings, boluses, days, units }: Found & { readonly days: number; readonly units: Units }) {
  const start = end - days * DAY_MS;
  const x = (time: string | number) => {
    const at = typeof time === "number" ? time : Date.parse(time);
    return BOX.left + ((at - start) / (end - start)) * (BOX.width - BOX.left - BOX.right);
  };
  const y = (mmol: number) => {
    const share = Math.min(mmol, MMOL_MAX) / MMOL_MAX;
    return BOX.height - BOX.bottom - share * (BOX.height - BOX.top - BOX.bottom);
  };
  const average = readings.reduce((sum, { value }) => sum + value, 0) / readings.length;
  const text =
    `${countText(readings.length, "reading")} and ${countText(boluses.length, "bolus", "boluses")} ` +
    `in ${countText(days, "day")} up to ${momentText(new Date(end).toISOString())}; ` +
    `average ${inUnits(average, units).toFixed(units === "mg/dL" ? 0 : 1)} ${units}`;
  const levels = LEVELS[units].map((label) => [label / inUnits(1, units), label] as const);
  return (
    <figure className="chart">
      <svg viewBox={`0 0 ${BOX.width} ${BOX.height}`} role="img" aria-label={text}>
        <rect
          className="in-target"
          x={BOX.left}
          y={y(TARGET.high)}
          width={BOX.width - BOX.left - BOX.right}
          height={y(TARGET.low) - y(TARGET.high)}
        />
        {levels.map(([mmol, label]) => (
          <g key={label}>
            <line className="grid" x1={BOX.left} x2={BOX.width - BOX.right} y1={y(mmol)} y2={y(mmol)} />
            <text x={BOX.left - 6} y={y(mmol) + 4} textAnchor="end">
              {label}
            </text>
          </g>
        ))}
        {daysBetween(start, end).map((midnight) => (
          <g key={midnight}>
            <line className="grid" x1={x(midnight)} x2={x(midnight)} y1={BOX.top} y2={BOX.height - BOX.bottom} />
            {days <= 3 && (
              <text x={x(midnight) + 4} y={BOX.height - 8}>
                {new Date(midnight).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" })}
              </text>
            )}
          </g>
        ))}
        {boluses.map(({ time, insulin }) => (
          <rect
            key={time}
            className="bolus"
            x={x(time) - 1.5}
            width={3}
            y={BOX.height - BOX.bottom - Math.min(insulin, 15) * 4}
            height={Math.min(insulin, 15) * 4}
          />
        ))}
        {readings.map(({ type, time, value }) => (
          <circle
            key={type + time}
            className={classOf(type, value)}
            cx={x(time)}
            cy={y(value)}
            r={type === "smbg" ? 3.5 : 1.8}
          />
        ))}
      </svg>
      <figcaption>{text}.</figcaption>
    </figure>
  );
}

const classOf = (type: Reading["type"], mmol: number): string =>
  `${type} ${mmol < TARGET.low ? "low" : mmol > TARGET.high ? "high" : "target"}`;

/** Midnights of who looks. */
function daysBetween(start: number, end: number): readonly number[] {
  const found: number[] = [];
  const day = new Date(start);
  day.setHours(24, 0, 0, 0);
  for (; day.getTime() < end; day.setDate(day.getDate() + 1)) found.push(day.getTime());
  return found;
}
