import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import type { ChartData, MarkKind, TimedValues } from "../../reports/model/chart-data.ts";
import { visibleData } from "./query-store.ts";
import { CBG, SMBG, typeCode } from "./type-codes.ts";

/** More readings than two sensors record in a month: a bound for a page that people look at. */
const READINGS_MAX = 20_000;

/** What is drawn of a person's data from one time to another, epoch milliseconds, both inclusive. */
export function chartData(sql: ObjectSql, from: number, to: number): ChartData {
  const visible = visibleData(sql);
  const readings = (type: number): TimedValues => {
    const rows = sql.lists(
      `SELECT time, value FROM data WHERE type = ? AND time BETWEEN ? AND ? AND ${visible} ORDER BY time, id LIMIT ?`,
      type,
      from,
      to,
      READINGS_MAX,
    ) as [number, number][];
    return { times: rows.map(([time]) => time), values: rows.map(([, value]) => value) };
  };
  return { from, to, sensor: readings(CBG), fingersticks: readings(SMBG), marks: marks(sql, from, to, visible) };
}

/** Infusion lines and reservoirs that were filled or changed. */
function marks(sql: ObjectSql, from: number, to: number, visible: string): ChartData["marks"] {
  const rows = sql.lists(
    `SELECT data.time, shapes.sub_type, json_extract('{' || shapes.text || '}', '$.primeTarget')
     FROM data JOIN shapes ON shapes.key = data.shape
     WHERE data.type = ? AND data.time BETWEEN ? AND ? AND shapes.sub_type IN ('prime', 'reservoirChange') AND ${visible}
     ORDER BY data.time, data.id LIMIT ?`,
    typeCode("deviceEvent"),
    from,
    to,
    READINGS_MAX,
  ) as [number, string, string | null][];
  return rows.map(([time, subType, target]) => ({ time, kind: kindOf(subType, target) }));
}

function kindOf(subType: string, target: string | null): MarkKind {
  if (subType === "reservoirChange") return "reservoir";
  return target === "tubing" ? "prime-tubing" : "prime-cannula";
}
