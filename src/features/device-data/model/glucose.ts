/** mg/dL in one mmol/L, the published constant. */
const MG_DL_PER_MMOL_L = 18.01559;
/** Readings are rounded to five decimals: identities and comparisons depend on it. */
const DECIMALS = 100_000;

/** A unit of glucose, or of its rate of change per minute. */
export interface GlucoseUnit {
  readonly min: number;
  readonly max: number;
  readonly toStored: (value: number) => number;
}

const unchanged = (value: number): number => value;

/** A value in mg/dL as mmol/L, rounded half away from zero. */
export const mmolPerLitre = (milligrams: number): number =>
  Math.trunc((milligrams / MG_DL_PER_MMOL_L) * DECIMALS + Math.sign(milligrams) * 0.5) / DECIMALS;

const MMOL_L: GlucoseUnit = { min: 0, max: 55, toStored: unchanged };
const MG_DL: GlucoseUnit = { min: 0, max: 1000, toStored: mmolPerLitre };

/** The accepted units with their ranges. */
export const GLUCOSE_UNITS: ReadonlyMap<unknown, GlucoseUnit> = new Map([
  ["mmol/L", MMOL_L],
  ["mmol/l", MMOL_L],
  ["mg/dL", MG_DL],
  ["mg/dl", MG_DL],
]);

export const RATE_UNITS: ReadonlyMap<unknown, GlucoseUnit> = new Map([
  ["mmol/L/minute", { min: -5.5, max: 5.5, toStored: unchanged }],
  ["mg/dL/minute", { min: -100, max: 100, toStored: mmolPerLitre }],
]);

/** What everything is stored in. */
export const STORED_UNITS = "mmol/L";
export const STORED_RATE_UNITS = "mmol/L/minute";
