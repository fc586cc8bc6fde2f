import { utf8 } from "../../../platform/core/utf8.ts";
import { parsedJson } from "../../../platform/core/wire.ts";
import type { EhrSettings } from "../../clinics/model/settings-schema.ts";
import { reportingPeriodOf } from "../../ehr/model/observations.ts";
import type { PatientSummary } from "../../summaries/schema.ts";
import type { PatientRow } from "../../tables/patients.ts";
import type { ChartData } from "./chart-data.ts";
import type { ClinicOfReport } from "./clinic-read.ts";
import type { ReportContent, ReportOptions } from "./content.ts";
import { reportContentOf } from "./content-of-record.ts";
import { DRAWING } from "./drawing.ts";
import { type ReportOrigin, sha256Of } from "./objects.ts";
import type { NewReport, ReportCause } from "./reports-store.ts";

/** What a report is drawn from: a patient's record and their clinic, read at one moment. */
export interface ReportSource {
  readonly clinic: ClinicOfReport;
  readonly row: Pick<PatientRow, "userId" | "fullName" | "birthDate" | "mrn">;
  readonly summary: PatientSummary | undefined;
  /** Data of the patient's devices, where there are any. */
  readonly charts?: ChartData | undefined;
}

/** What somebody wants otherwise than the clinic has it. */
export interface OwnOptions {
  readonly reports?: ReportOptions["reports"];
  readonly tzName?: string | undefined;
  readonly bgUnits?: string | undefined;
}

export interface DrawnReport {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly report: NewReport;
  readonly origin: ReportOrigin;
}

/** Draws a report of all that is known, with the clinic's settings unless others are wanted. */
export async function drawReport(
  source: ReportSource,
  { id, cause, at }: { readonly id: string; readonly cause: ReportCause; readonly at: number },
  own: OwnOptions = {},
): Promise<DrawnReport> {
  const { clinic, row, summary, charts } = source;
  const period = reportingPeriodOf(summary);
  const content = reportContentOf({ id, at, clinicName: clinic.name, row, summary, charts });
  const options = optionsOf(source, own);
  // What draws is loaded when the first report is drawn: a Worker starts sooner without it.
  const { reportRenderer } = await import("#report-renderer");
  const bytes = new Uint8Array(await reportRenderer.render(content, options));
  const drawn = await shownBy(content, options);
  const usual = Object.keys(own).length === 0 ? drawn : await usuallyShown(source);
  return {
    bytes,
    report: {
      id,
      cause,
      periodStart: period?.start ?? null,
      periodEnd: period?.end ?? null,
      size: bytes.byteLength,
      sha256: await sha256Of(bytes),
      shownSha256: drawn === usual ? usual : null,
      createdAt: at,
    },
    origin: { reportId: id, clinicId: clinic.id, userId: row.userId, period },
  };
}

/**
 * The SHA-256 of all that a report with the clinic's settings would show now, and of the way it is drawn. A stored report that has the same shows
 * what is known, whatever else of the record or the clinic has changed since.
 */
export const usuallyShown = (source: ReportSource): Promise<string> =>
  shownBy(reportContentOf({ id: "", at: 0, clinicName: source.clinic.name, ...source }), optionsOf(source, {}));

const shownBy = ({ clinicName, patient, summary, charts }: ReportContent, options: ReportOptions): Promise<string> => {
  const shown = [DRAWING, clinicName, patient, summary ?? null, options, ...(charts ? [charts] : [])];
  return sha256Of(utf8(JSON.stringify(shown)));
};

function optionsOf({ clinic, summary }: ReportSource, own: OwnOptions): ReportOptions {
  const period = reportingPeriodOf(summary);
  const ehr = parsedJson<EhrSettings>(clinic.ehrSettings);
  return {
    reports: own.reports ?? ["all"],
    ...(period ? { startDate: period.start, endDate: period.end } : {}),
    tzName: own.tzName ?? clinic.timezone ?? undefined,
    bgUnits: own.bgUnits ?? clinic.preferredBgUnits ?? undefined,
    icode: ehr?.flowsheets.icode ?? false,
    hasFlowsheet: ehr?.provider === "redox",
  };
}
