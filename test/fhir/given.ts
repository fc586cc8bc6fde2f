import { type GivenClinic, givenClinic, givenPatient } from "../harness.ts";
import { givenSummary, type PeriodValues, statsWith, type StatsValues } from "../summaries.ts";

export const BASE = "/fhir/R4";
export const HOST = "http://clinics.test";
export const GUIDE = "http://hl7.org/fhir/uv/cgm/StructureDefinition/";

/** The statistics of one period, as a summary has them. */
export const statistics = (
  average: number,
  cv: number,
  days: number,
  use: number,
  more: { gmi?: number; ranges?: readonly number[]; records?: number } = {},
): PeriodValues => ({
  averageGlucoseMmol: average,
  coefficientOfVariation: cv,
  daysWithData: days,
  timeCGMUsePercent: use,
  totalRecords: more.records ?? 1000,
  ...(more.gmi !== undefined && { glucoseManagementIndicator: more.gmi }),
  ...(more.ranges &&
    Object.fromEntries(
      ["VeryLow", "Low", "Target", "High", "VeryHigh"].map((name, i) => [`timeIn${name}Percent`, more.ranges![i]!]),
    )),
});

/** Thirty days of a sensor: the second worked example of the summaries. */
export const EXAMPLE: Readonly<Record<string, PeriodValues>> = {
  "1d": statistics(8.625, 0.442150137828128, 1, 2 / 3),
  "7d": statistics(8.625, 0.442150137828128, 7, 2 / 3, { ranges: [0.0625, 0.125, 0.4375, 0.1875, 0.1875] }),
  "14d": statistics(8.135, 0.440963465924522, 14, 0.833333333333333, {
    gmi: 6.8,
    ranges: [0.05, 0.1, 0.55, 0.15, 0.15],
  }),
  "30d": statistics(8.52439759036145, 0.409391791443438, 30, 0.9222222222222223, {
    gmi: 7,
    ranges: [0.0210843373493976, 0.0662650602409639, 0.641566265060241, 0.135542168674699, 0.135542168674699],
  }),
};

/** A summary with these periods. */
export async function statsOf(
  periods: Readonly<Record<string, PeriodValues>>,
  dates: Record<string, string | boolean> = {
    lastData: "2024-03-30T23:55:00Z",
    lastUpdatedDate: "2024-03-31T00:04:12.310Z",
  },
): Promise<StatsValues> {
  const made = await Promise.all(
    Object.entries(periods).map(async ([period, fields]) => (await statsWith("cgm", fields, { period })).periods!),
  );
  return { ...(await statsWith("cgm", {}, { dates })), periods: Object.assign({}, ...made) };
}

/** The id of a record, as FHIR has it. */
export const recordId = (clinicId: string, userId: string): string => `${clinicId}.${userId.replaceAll("-", "")}`;

export interface Rosa {
  readonly clinic: GivenClinic;
  readonly userId: string;
  /** The id of the Patient. */
  readonly id: string;
}

/** A patient with the summary of the example. */
export async function givenRosa(
  fields: Record<string, unknown> = {},
  periods: Readonly<Record<string, PeriodValues>> = EXAMPLE,
  dates?: Record<string, string | boolean>,
): Promise<Rosa> {
  const clinic = await givenClinic({ name: "Harbor Endocrine", ...fields });
  const { id: userId } = await givenPatient(clinic, {
    fullName: "Rosa Diaz",
    mrn: "A-17",
    email: `r${clinic.clinicId}@x.test`,
  });
  await givenSummary(clinic.clinicId, userId, { cgmStats: await statsOf(periods, dates) });
  return { clinic, userId, id: recordId(clinic.clinicId, userId) };
}

/** The resources of a bundle by the last part of their id; a Patient is `patient`. */
export const byMetric = (bundle: any): Record<string, any> =>
  Object.fromEntries(
    (bundle.entry ?? []).map(({ resource: it }: any) => [
      it.resourceType === "Observation" ? it.id.split(".")[2] : it.resourceType,
      it,
    ]),
  );
