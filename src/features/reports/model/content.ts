import type { PatientSummary } from "../../summaries/schema.ts";
import type { ChartData } from "./chart-data.ts";

/** The parts of a report; `all` stands for every one. */
export const REPORT_SECTIONS = ["basics", "bgLog", "agpBGM", "agpCGM", "daily", "settings"] as const;
export type ReportSection = (typeof REPORT_SECTIONS)[number];

/** The sections that are not drawn yet, and what a report calls them. */
export const UNAVAILABLE_SECTIONS: Readonly<Partial<Record<ReportSection, string>>> = { settings: "device settings" };

/** The names of sections that are asked for and that can't be drawn, whatever data there are. */
export const unavailableOf = ({ reports }: ReportOptions): string[] =>
  [...new Set(reports)].flatMap((section) => (section === "all" ? [] : (UNAVAILABLE_SECTIONS[section] ?? [])));

/** Whether a section is asked for, by its name or with all of them. */
export const isAskedFor = ({ reports }: ReportOptions, section: ReportSection): boolean =>
  reports.includes("all") || reports.includes(section);

/** Whether a report of these sections could have anything to say, of some patient. */
export const canBeDrawn = (sections: readonly ("all" | ReportSection)[]): boolean =>
  sections.some((section) => section === "all" || UNAVAILABLE_SECTIONS[section] === undefined);

/** What a report says. */
export interface ReportContent {
  /** 24 hex digits. Stands in the document's metadata, where nothing else identifies it. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly generatedAt: number;
  readonly clinicName: string;
  readonly patient: {
    readonly fullName: string;
    readonly birthDate: string | undefined;
    readonly mrn: string | undefined;
  };
  readonly summary: PatientSummary | undefined;
  /** Data of the patient's devices; absent where nobody keeps any. */
  readonly charts?: ChartData;
}

/** How a report says it. */
export interface ReportOptions {
  readonly reports: readonly ("all" | ReportSection)[];
  /** The reporting period in epoch milliseconds, if both are given; else the newest data decides. */
  readonly startDate?: number;
  readonly endDate?: number;
  /** The clinic's IANA zone; UTC where it is not given, or not known to the runtime. */
  readonly tzName: string | undefined;
  /** The clinic's glucose unit in its own spelling: mg/dL in any case, else mmol/L. */
  readonly bgUnits: string | undefined;
  /** The profile with rounded numbers. */
  readonly icode: boolean;
  /** Whether the clinic's EHR gets the same numbers as a flowsheet. */
  readonly hasFlowsheet: boolean;
}

export interface ReportRenderer {
  /** The report as a PDF. The same content and options always give the same bytes. */
  readonly render: (content: ReportContent, options: ReportOptions) => Promise<Uint8Array>;
}

/** Rule of the contract. */
const REPORT_DAYS_MAX = 90;
const DAY_MS = 86_400_000;

/** Why a reporting period is refused; undefined when it is not. */
export const refusalOfPeriod = ({ startDate, endDate }: Pick<ReportOptions, "startDate" | "endDate">) =>
  startDate !== undefined && endDate !== undefined && endDate - startDate > REPORT_DAYS_MAX * DAY_MS
    ? `report duration maximum of ${REPORT_DAYS_MAX} days exceeded`
    : undefined;
