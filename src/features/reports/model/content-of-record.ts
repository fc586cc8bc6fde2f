import { UNKNOWN_DATE } from "../../../platform/text/unknown-date.ts";
import type { PatientSummary } from "../../summaries/schema.ts";
import type { PatientRow } from "../../tables/patients.ts";
import type { ChartData } from "./chart-data.ts";
import type { ReportContent } from "./content.ts";

/** What a report says, from a patient's record as it is at one moment. */
export const reportContentOf = (it: {
  readonly id: string;
  readonly at: number;
  readonly clinicName: string;
  readonly row: Pick<PatientRow, "fullName" | "birthDate" | "mrn">;
  readonly summary: PatientSummary | undefined;
  readonly charts?: ChartData | undefined;
}): ReportContent => ({
  id: it.id,
  generatedAt: it.at,
  clinicName: it.clinicName,
  patient: {
    fullName: it.row.fullName ?? "",
    birthDate: it.row.birthDate === UNKNOWN_DATE ? undefined : (it.row.birthDate ?? undefined),
    mrn: it.row.mrn ?? undefined,
  },
  summary: it.summary,
  ...(it.charts && { charts: it.charts }),
});
