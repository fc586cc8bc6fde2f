import { LEFT, RIGHT } from "../../../platform/formats/pdf/document.ts";
import { type Cell, type Column, drawTable } from "../../../platform/formats/pdf/table.ts";
import { type Observation, observationsOf } from "../../ehr/model/observations.ts";
import {
  type GlucoseUnit,
  KIND_NAMES,
  lengthText,
  partOf,
  periodOf,
  type PeriodName,
  PERIODS,
  RANGES,
} from "./figures.ts";
import { HEADING, LABEL, TABLE } from "./look.ts";
import type { Report } from "./report.ts";

/** What a row of a table shows: the observations of CGM and of BGM that mean the same. */
interface Row {
  readonly label: string | ((unit: GlucoseUnit) => string);
  readonly codes: readonly string[];
}

const range = (index: number, code: string): Row => ({
  label: (unit) => `${RANGES[index]!.name} (${RANGES[index]!.limits[unit]} ${unit})`,
  codes: [`${code}_CGM`, `${code}_SMBG`],
});
const both = (label: string, code: string): Row => ({ label, codes: [`${code}_CGM`, `${code}_SMBG`] });
const one = (label: string, code: string): Row => ({ label, codes: [code] });

const TABLES: readonly { readonly title: string; readonly rows: readonly Row[] }[] = [
  {
    title: "Period (UTC)",
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
      one("Glucose management indicator (GMI)", "GLUCOSE_MANAGEMENT_INDICATOR"),
      both("Standard deviation", "STANDARD_DEVIATION"),
      both("Coefficient of variation", "COEFFICIENT_OF_VARIATION"),
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
const TABLE_GAP = 12;
const LABEL_WIDTH = 210;
/** Two values and their label take the whole width. */
const VALUE_WIDTH = (RIGHT - LEFT - LABEL_WIDTH) / 2;
const NOTE_WIDTH = 46;

/** A page for each period that the summary has. Every observation is written exactly as it is sent to EHRs. */
export function drawPeriods(report: Report): boolean {
  const { content, kinds } = report;
  const periods = PERIODS.filter((name) => kinds.some((kind) => periodOf(content.summary, kind, name)));
  for (const name of periods) drawPeriod(report, name);
  return periods.length > 0;
}

function drawPeriod({ sheet, content, options, unit, kinds }: Report, name: PeriodName): void {
  const { doc } = sheet;
  const shown = kinds
    .map((kind) => ({ kind, observations: observationsOf(partOf(content.summary, kind), options, name) }))
    .filter(({ observations }) => observations.length > 0);
  const byCode = shown.map(({ observations }) => new Map(observations.map((it) => [it.code, it])));

  let y = sheet.addPage();
  const section = doc.group("Sect");
  doc.element("H2", section, () => doc.text(`Last ${lengthText(name)}`, LEFT, y + 12, HEADING));
  y += 22;
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
    const cells = rows.flatMap(({ label, codes }): (readonly Cell[])[] => {
      const values = byCode.map((observations) => cellOf(codes.map((code) => observations.get(code)).find(Boolean)));
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
  if (!sheet.fits(y, LABEL.size)) y = sheet.addPage();
  doc.element("P", section, () =>
    doc.text("A value that could not be calculated is left out.", LEFT, y + LABEL.size, LABEL),
  );
}

const cellOf = (observation: Observation | undefined): Cell =>
  observation &&
  (observation.units === null ? observation.value : { text: observation.value, note: observation.units });
