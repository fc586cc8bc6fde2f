/** The exact value of a double as a fraction of integers, from its bits. */
export function fractionOf(value: number): { numerator: bigint; denominator: bigint } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const significand = exponent === 0 ? fraction : fraction | (1n << 52n);
  const shift = Math.max(exponent, 1) - 1075;
  const signed = bits >> 63n === 1n ? -significand : significand;
  return shift >= 0
    ? { numerator: signed << BigInt(shift), denominator: 1n }
    : { numerator: signed, denominator: 1n << BigInt(-shift) };
}

/** A double with a number of decimals, rounded half to even in integer arithmetic; zero without a sign. */
export function exactFixed(value: number, decimals: number): string {
  const { numerator, denominator } = fractionOf(value);
  const scaled = (numerator < 0n ? -numerator : numerator) * 10n ** BigInt(decimals);
  const [quotient, remainder] = [scaled / denominator, scaled % denominator];
  const isUp = 2n * remainder > denominator || (2n * remainder === denominator && quotient % 2n === 1n);
  const rounded = isUp ? quotient + 1n : quotient;
  const digits = rounded.toString().padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  const text = decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return numerator < 0n && rounded !== 0n ? `-${text}` : text;
}
