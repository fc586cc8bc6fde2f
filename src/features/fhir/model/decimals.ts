/** Beyond any statistic: such a number is left out. Our choice. */
const SIZE_MAX = 1e15;

/**
 * The decimal form of a number with fixed places, the point moved to the right before. Half goes away from zero, judged on the
 * shortest decimal form of the number: 8.135 is 8.14, though its binary value is below. Undefined where there is no number to tell.
 */
export function decimal(value: number | null, places: number, moved = 0): string | undefined {
  if (value === null || !(Math.abs(value) < SIZE_MAX)) return undefined;
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e") as [string, string];
  const [whole, fraction = ""] = mantissa.split(".") as [string, string?];
  // Many zeros more say nothing: the digits are 17 at most.
  const scale = Math.max(Number(exponent) - fraction.length + places + moved, -40);
  const digits = BigInt(whole + fraction);
  const unit = 10n ** BigInt(Math.abs(scale));
  const rounded = scale < 0 ? (digits + unit / 2n) / unit : digits * unit;
  const text = String(rounded).padStart(places + 1, "0");
  const sign = value < 0 && rounded > 0n ? "-" : "";
  return sign + (places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`);
}
