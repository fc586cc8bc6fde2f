import type { ChartDays } from "./chart-days.ts";
import type { Clock } from "./clock.ts";
import type { ReportContent, ReportOptions } from "./content.ts";
import type { GlucoseUnit, Kind } from "./figures.ts";
import type { Sheet } from "./sheet.ts";

/** A report that is being drawn. */
export interface Report {
  readonly sheet: Sheet;
  readonly content: ReportContent;
  readonly options: ReportOptions;
  readonly clock: Clock;
  readonly unit: GlucoseUnit;
  /** The kinds of data that are reported and that there are. */
  readonly kinds: readonly Kind[];
  /** Device data by day; undefined without any. */
  readonly chartDays: ChartDays | undefined;
  /** Names of sections that are asked for and that nobody can draw. */
  readonly unavailable: readonly string[];
}
