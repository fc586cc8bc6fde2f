import type { BgmPeriodV1, CgmPeriodV1, ClinicV1, PatientV1 } from "../../client/index.ts";

export type Units = ClinicV1["preferredBgUnits"];
export type Device = "cgm" | "bgm";
export const PERIODS = ["1d", "7d", "14d", "30d"] as const;
export type Period = (typeof PERIODS)[number];

/** Milligrams per decilitre in a millimole per litre of glucose. */
const MGDL_IN_MMOLL = 18.01559;

/** Of readings: as fractions of 1. Very low is below 3, very high above 13.9 mmol/L; low and high are what lies between. */
export interface TimeInRanges {
  readonly timeInVeryLowPercent?: number;
  readonly timeInLowPercent?: number;
  readonly timeInTargetPercent?: number;
  readonly timeInHighPercent?: number;
  readonly timeInVeryHighPercent?: number;
}

export const nameOfPeriod = (period: Period): string => (period === "1d" ? "1 day" : `${Number.parseInt(period)} days`);

/** A glucose in the units of a clinic; the service has all in mmol/L. */
export const inUnits = (mmol: number, units: Units): number => (units === "mg/dL" ? mmol * MGDL_IN_MMOLL : mmol);

export const glucoseText = (mmol: number | undefined, units: Units): string =>
  mmol === undefined ? "–" : `${inUnits(mmol, units).toFixed(units === "mg/dL" ? 0 : 1)} ${units}`;

/** A fraction as a percentage, with a decimal only where it says something: below 10 %. */
export const percentText = (fraction: number | undefined): string => {
  if (fraction === undefined) return "–";
  const percent = fraction * 100;
  return `${percent > 0 && percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`;
};

export const periodOf = (patient: Pick<PatientV1, "summary">, device: Device, period: Period) => {
  const { cgmStats, bgmStats } = patient.summary ?? {};
  return device === "cgm" ? cgmStats?.periods?.[period] : bgmStats?.periods?.[period];
};

export const lastDataOf = (patient: Pick<PatientV1, "summary">, device: Device): string | undefined =>
  (device === "cgm" ? patient.summary?.cgmStats : patient.summary?.bgmStats)?.dates?.lastData;

export const isOfSensor = (period: CgmPeriodV1 | BgmPeriodV1 | undefined): period is CgmPeriodV1 =>
  period !== undefined && "timeCGMUsePercent" in period;
