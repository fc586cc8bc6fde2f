/** From here on `toFixed` returns an exponent. All doubles of this size are integers. */
const TO_FIXED_MAX = 1e21;

/**
 * A finite number with a fixed number of decimals. Rounds the exact binary value, like `toFixed`, but exact ties go to
 * the even digit, as in C, Go and Java. Zero has no sign.
 */
export function fixed(value: number, decimals: number): string {
  if (Math.abs(value) >= TO_FIXED_MAX)
    return BigInt(value).toString() + (decimals > 0 ? `.${"0".repeat(decimals)}` : "");
  const text = value.toFixed(decimals);
  // A tie is an odd multiple of 10^-decimals / 2; of binary fractions, exactly the odd multiples of 2^-(decimals + 1).
  const isTie = Math.abs((value * 2 ** (decimals + 1)) % 2) === 1;
  // toFixed sent the tie away from zero: an odd last digit is one too high, and at least 1.
  const last = Number(text.at(-1));
  const rounded = isTie && last % 2 === 1 ? text.slice(0, -1) + String(last - 1) : text;
  return rounded.startsWith("-") && Number(rounded) === 0 ? rounded.slice(1) : rounded;
}

/** F1: one decimal. */
export const f1 = (value: number): string => fixed(value, 1);
/** F2: two decimals. */
export const f2 = (value: number): string => fixed(value, 2);
/** F4: four decimals. */
export const f4 = (value: number): string => fixed(value, 4);
/** FC: one decimal below 1, decided before rounding; none from 1 on. */
export const fc = (value: number): string => fixed(value, value < 1 ? 1 : 0);
/** I: a whole number. */
export const integer = (value: number): string => fixed(value, 0);

const MG_DL_PER_MMOL_L = 18.01559;

/** Glucose from mmol/L to mg/dL, to five decimals. The order of the multiplications decides the last digit. */
export const toMgDl = (mmolPerL: number): number => Math.trunc(mmolPerL * MG_DL_PER_MMOL_L * 100_000 + 0.5) / 100_000;
