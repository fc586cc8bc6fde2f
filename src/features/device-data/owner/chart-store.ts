import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import type { ChartData, MarkKind, TimedValues } from "../../reports/model/chart-data.ts";
import { visibleData } from "./query-store.ts";
import { CBG, SMBG, typeCode } from "./type-codes.ts";

/** More than two sensors record of which each has a reading a minute, in two weeks and a day on both sides: bounds a report. */
const DATA_MAX = 50_000;

/**
 * What is drawn of a person's data from one time to another, epoch milliseconds, both inclusive. Of more than is drawn the
 * newest, from a later time on.
 */
export function chartData(sql: ObjectSql, from: number, to: number): ChartData {
  const visible = visibleData(sql);
  let drawnFrom = from;
  /** The newest rows oldest first, each with its time before everything else. */
  const newest = <R extends readonly [time: number, ...unknown[]]>(text: string, type: number): readonly R[] => {
    const rows = sql.lists(
      `${text} AND data.type = ? AND data.time BETWEEN ? AND ? AND ${visible}
       ORDER BY data.time DESC, data.created_at DESC, data.id DESC LIMIT ?`,
      type,
      from,
      to,
      DATA_MAX,
    ) as unknown as R[];
    if (rows.length === DATA_MAX) drawnFrom = Math.max(drawnFrom, rows.at(-1)![0]);
    return rows.toReversed();
  };
  const readings = (type: number) => newest<[number, number]>("SELECT time, value FROM data WHERE true", type);
  // What two programs have sent of a sensor is one reading, the first of its time: as summaries count.
  const sensor = readings(CBG).filter(([time], i, all) => time !== all[i - 1]?.[0]);
  const fingersticks = readings(SMBG);
  // Infusion lines and reservoirs that were filled or changed.
  const marks = newest<[number, string, string | null]>(
    `SELECT data.time, shapes.sub_type, json_extract('{' || shapes.text || '}', '$.primeTarget')
     FROM data JOIN shapes ON shapes.key = data.shape WHERE shapes.sub_type IN ('prime', 'reservoirChange')`,
    typeCode("deviceEvent"),
  ).map(([time, subType, target]) => ({ time, kind: kindOf(subType, target) }));
  return { from: drawnFrom, to, sensor: timed(sensor), fingersticks: timed(fingersticks), marks };
}

const timed = (rows: readonly (readonly [number, number])[]): TimedValues => ({
  times: rows.map(([time]) => time),
  values: rows.map(([, value]) => value),
});

function kindOf(subType: string, target: string | null): MarkKind {
  if (subType === "reservoirChange") return "reservoir";
  return target === "tubing" ? "prime-tubing" : "prime-cannula";
}
