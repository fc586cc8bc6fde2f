import type { IngestedDatum } from "./forms.ts";
import { utcText } from "./instants.ts";

/** What the identity of a datum is made of: the owner and, by kind, its device or its data set. */
export interface IdentityScope {
  readonly ownerId: string;
  /** Absent: the identity is by device. */
  readonly dataSetId?: string;
  /** Whether a prime is told by its target as well; the older versions of the deduplicators do not. */
  readonly hasPrimeTarget: boolean;
}

const SEPARATOR = "|";

/**
 * The text whose hash is the identity of a datum: `owner|device or data set|time|type` and, by type, the sub-type, the
 * delivery type or the reading. The device must be there (`missingForHash`).
 */
export function identityText(datum: IngestedDatum, { ownerId, dataSetId, hasPrimeTarget }: IdentityScope): string {
  const parts = [ownerId, dataSetId ?? datum.deviceId ?? "", utcText(datum.time), datum.type];
  return [...parts, ...ownParts(datum, hasPrimeTarget)].join(SEPARATOR);
}

function ownParts({ type, subType, deliveryType, fields }: IngestedDatum, hasPrimeTarget: boolean): string[] {
  switch (type) {
    case "deviceEvent":
      return hasPrimeTarget && subType === "prime" ? [subType, fields.primeTarget as string] : [subType!];
    case "bolus":
      return [subType!];
    case "basal":
      return [deliveryType!];
    case "cbg":
    case "smbg":
      return [fields.units as string, decimalText(fields.value as number)];
    default:
      return [];
  }
}

/** The shortest decimal of a number, without exponent. */
export function decimalText(value: number): string {
  const text = String(value);
  const [digits, exponent] = text.split("e-");
  if (exponent === undefined) return text;
  const sign = value < 0 ? "-" : "";
  return `${sign}0.${"0".repeat(Number(exponent) - 1)}${digits!.replace("-", "").replace(".", "")}`;
}

const encoder = new TextEncoder();
const base64Of = (bytes: Uint8Array): string => (bytes as Uint8Array & { toBase64: () => string }).toBase64();

/** The SHA-256 of an identity's text, in base64: 44 characters. */
export async function identityHash(text: string): Promise<string> {
  return base64Of(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))));
}

/** The hashes of the identities of data, in their order. */
export const identityHashes = (data: readonly IngestedDatum[], scope: IdentityScope): Promise<string[]> =>
  Promise.all(data.map((datum) => identityHash(identityText(datum, scope))));
