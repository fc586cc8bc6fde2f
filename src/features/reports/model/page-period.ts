import { LEFT, RIGHT } from "../../../platform/formats/pdf/document.ts";
import { type Cell, type Column, drawTable } from "../../../platform/formats/pdf/table.ts";
import { type Observation, observationsOf } from "../../ehr/model/observations.ts";
import type { Clock } from "./clock.ts";
import {
  type GlucoseUnit,
  hasIndicator,
  KIND_NAMES,
  lengthText,
  LIMITS_IN_MG_DL,
  partOf,
  periodOf,
  type PeriodName,
  PERIODS,
  RANGES,
} from "./figures.ts";
import { HEADING, LABEL, LEADING, TABLE } from "./look.ts";
import type { Report } from "./report.ts";

/** What a row of a table shows: the observations of CGM and of BGM that mean the same. */
interface Row {
  readonly label: string | ((unit: GlucoseUnit) => string);
  readonly codes: readonly string[];
  /** Of values that are sent without one. */
  readonly unit?: string;
}

const range = (index: number, code: string): Row => ({
  label: (unit) => `${RANGES[index]!.name} (${RANGES[index]!.limits[unit]} ${unit})`,
  codes: [`${code}_CGM`, `${code}_SMBG`],
});
const both = (label: string, code: string): Row => ({ label, codes: [`${code}_CGM`, `${code}_SMBG`] });
const one = (label: string, code: string): Row => ({ label, codes: [code] });
const INDICATOR = "GLUCOSE_MANAGEMENT_INDICATOR";

const TABLES: readonly { readonly title: string; readonly rows: readonly Row[] }[] = [
  {
    title: "Period",
    rows: [
      both("Start", "REPORTING_PERIOD_START"),
      both("End", "REPORTING_PERIOD_END"),
      { label: "Start of data", codes: ["REPORTING_PERIOD_START_CGM_DATA", "REPORTING_PERIOD_START_SMBG_DATA"] },
    ],
  },
  {
    title: "Ranges",
    rows: [
      range(0, "TIME_ABOVE_RANGE_VERY_HIGH"),
      range(1, "TIME_ABOVE_RANGE_HIGH"),
      range(2, "TIME_IN_RANGE"),
      range(3, "TIME_BELOW_RANGE_LOW"),
      range(4, "TIME_BELOW_RANGE_VERY_LOW"),
      one("Number of readings very high", "READINGS_ABOVE_RANGE_VERY_HIGH_SMBG"),
      one("Number of readings very low", "READINGS_BELOW_RANGE_VERY_LOW_SMBG"),
    ],
  },
  {
    title: "Glucose",
    rows: [
      both("Average", "AVERAGE"),
      { ...one("Glucose management indicator (GMI)", INDICATOR), unit: "%" },
      both("Standard deviation", "STANDARD_DEVIATION"),
      { ...both("Coefficient of variation (CV)", "COEFFICIENT_OF_VARIATION"), unit: "fraction" },
      one("Highest reading", "MAX_SMBG"),
      one("Lowest reading", "MIN_SMBG"),
    ],
  },
  {
    title: "Data",
    rows: [
      one("CGM wear", "ACTIVE_WEAR_TIME_CGM"),
      both("Days with data", "DAYS_WITH_DATA"),
      one("Hours with data", "HOURS_WITH_DATA_CGM"),
      one("Readings", "TOTAL_READING_COUNT_SMBG"),
      one("Readings per day", "CHECK_RATE_READINGS_DAY_SMBG"),
    ],
  },
];
const KNOWN_CODES = new Set(TABLES.flatMap(({ rows }) => rows.flatMap(({ codes }) => codes)));
const TABLE_GAP = 8;
const LABEL_WIDTH = 210;
/** Two values and their label take the whole width. */
const VALUE_WIDTH = (RIGHT - LEFT - LABEL_WIDTH) / 2;
const NOTE_WIDTH = 54;
/** The period that flowsheets are about. */
const SENT: PeriodName = "14d";
const AS_SENT = "The values of these tables are those of the EHR's flowsheet, with the same digits.";
const WRITTEN_AS_SENT =
  "The values of these tables are written as in the EHR's flowsheet, which is about the last 14 days.";
const LEFT_OUT = "A value that could not be calculated is left out.";
/** The largest reading in mg/dL that is not very high looks larger than the limit beside it. */
const DECIDED_IN_MMOL =
  "The limits of ranges are 3.0, 3.9, 10.0 and 13.9 mmol/L: 250.4167 mg/dL is 13.9 mmol/L, high and not very high.";

/** A page for each period that the summary has. Every observation is written exactly as it is sent to EHRs. */
export function periodPages(report: Report): (() => void)[] {
  const { content, kinds } = report;
  const periods = PERIODS.filter((name) => kinds.some((kind) => periodOf(content.summary, kind, name)));
  return periods.map((name) => () => drawPeriod(report, name));
}

function drawPeriod({ sheet, content, options, clock, unit, kinds }: Report, name: PeriodName): void {
  const { doc } = sheet;
  const shown = kinds
    .map((kind) => ({
      kind,
      observations: observationsOf(partOf(content.summary, kind), options, name).filter(
        ({ code }) => code !== INDICATOR || hasIndicator(name),
      ),
    }))
    .filter(({ observations }) => observations.length > 0);
  const byCode = shown.map(({ observations }) => new Map(observations.map((it) => [it.code, it])));

  let y = sheet.addPage();
  const section = doc.group("Sect");
  doc.element("H2", section, () => doc.text(`Last ${lengthText(name)}`, LEFT, y + 12, HEADING));
  y += 22;
  if (options.hasFlowsheet) {
    doc.element("P", section, () => doc.text(name === SENT ? AS_SENT : WRITTEN_AS_SENT, LEFT, y + 3, LABEL));
    y += 9;
  }
  const others: Row[] = byCode
    .flatMap((observations) => [...observations.values()])
    .filter(({ code }) => !KNOWN_CODES.has(code))
    .map(({ code, description }) => one(description, code));
  for (const { title, rows } of [...TABLES, { title: "Other", rows: others }]) {
    const columns: Column[] = [
      { title, width: LABEL_WIDTH, align: "left" },
      ...shown.map(({ kind }) => ({
        title: KIND_NAMES[kind].short,
        width: VALUE_WIDTH,
        align: { noteWidth: NOTE_WIDTH },
      })),
    ];
    const cells = rows.flatMap(({ label, codes, unit: ownUnit }): (readonly Cell[])[] => {
      const values = byCode.map((observations) => {
        const observation = codes.map((code) => observations.get(code)).find(Boolean);
        return observation && cellOf(observation, ownUnit, clock);
      });
      const isThere = values.some((value) => value !== undefined);
      return isThere ? [[typeof label === "string" ? label : label(unit), ...values]] : [];
    });
    if (cells.length === 0) continue;
    y =
      drawTable(doc, {
        y,
        parent: section,
        columns,
        rows: cells,
        style: TABLE,
        fits: sheet.fits,
        nextPage: sheet.addPage,
      }) + TABLE_GAP;
  }
  const footnotes = [LEFT_OUT, ...(unit === "mg/dL" ? [DECIDED_IN_MMOL, LIMITS_IN_MG_DL] : [])];
  const leading = LABEL.size * LEADING;
  if (!sheet.fits(y, footnotes.length * leading)) y = sheet.addPage();
  for (const line of footnotes) doc.element("P", section, () => doc.text(line, LEFT, (y += leading), LABEL));
}

/** An instant is also written as people of the clinic read it: its text in the flowsheet stands below. */
function cellOf({ value, valueType, units }: Observation, ownUnit: string | undefined, clock: Clock): Cell {
  if (valueType === "DateTime") {
    const at = Date.parse(value);
    return { text: clock.longDateTime(at), note: clock.offset(at), below: value };
  }
  return { text: value, note: units === null ? ownUnit : unitText(value, units) };
}

/** `14 days`, where the flowsheet says `day`. */
const unitText = (value: string, units: string): string =>
  (units === "day" || units === "hour") && value !== "1" ? `${units}s` : units;
