import { minutesOf } from "../../summaries/compute/bucket.ts";
import type { IngestedDatum } from "../model/forms.ts";
import { typeCode } from "./type-codes.ts";

/** What a shape says of its data. */
export const FLAGS = {
  /** Their `deviceTime` is `time` plus the offsets, and not stored. */
  hasDerivedDeviceTime: 1,
  /** Their `guid` came with them; of others it is made from the id. */
  hasOwnGuid: 2,
} as const;

/** What many data have in common. */
export interface PackedShape {
  readonly type: number;
  readonly subType: string | null;
  readonly deviceId: string | null;
  readonly source: string | null;
  readonly minutes: number;
  /** From `time` to `deviceTime`, in milliseconds. */
  readonly offsetMs: number;
  readonly flags: number;
  /** Members of a JSON object, without its braces. */
  readonly text: string;
}

/** Data as they are sent to the object of their owner: a column each, and what they have in common once. */
export interface PackedData {
  readonly shapes: readonly PackedShape[];
  readonly shapeOf: Uint32Array;
  readonly times: Float64Array;
  /** NaN: none of its own. */
  readonly values: Float64Array;
  /** Undefined where no datum has any; the same of `origins`. */
  readonly rests: readonly (string | null)[] | undefined;
  readonly ids: readonly string[];
  /** Those of the ids that clients have chosen: others are nobody's yet. */
  readonly sentIds: readonly string[];
  readonly hashes: Float64Array | undefined;
  readonly origins: readonly (string | null)[] | undefined;
}

/** Members that are the same in many data of a device; all of them are texts, numbers or booleans. */
const COMMON = new Set([
  "type",
  "subType",
  "deliveryType",
  "primeTarget",
  "deviceId",
  "units",
  "timezone",
  "timezoneOffset",
  "conversionOffset",
  "clockDriftOffset",
  "sampleInterval",
  "backfilled",
  "trend",
  "trendRateUnits",
  "scheduleName",
  "deliveryContext",
  "source",
]);

/** The types whose value has a column of its own: those that summaries are computed from. */
const MEASURED = new Set(["cbg", "smbg"]);

/**
 * Packs the data of one request. `hashes` are those of their identities, where the data set's deduplicator uses them; `sentIds`
 * are the ids that clients have chosen.
 */
export function packed(
  data: readonly IngestedDatum[],
  hashes: readonly string[] | undefined,
  sentIds: ReadonlySet<string>,
): PackedData {
  const shapes: PackedShape[] = [];
  const known = new Map<string, number>();
  const places = new Uint32Array(data.length);
  const values = new Float64Array(data.length);
  const rests: (string | null)[] = [];
  let last:
    | { readonly datum: IngestedDatum; readonly flags: number; readonly count: number; readonly shape: number }
    | undefined;
  for (const [i, datum] of data.entries()) {
    const { rest, value, flags, offsetMs, isAlike, count } = ownPartsOf(datum, last?.datum);
    // Data of one device follow each other: their common text is the one before.
    if (!last || last.flags !== flags || !isAlike || last.count !== count) {
      const common = commonOf(datum);
      const name = `${flags}${common}`;
      const shape = known.get(name) ?? shapes.push(shapeOf(datum, common, flags, offsetMs)) - 1;
      known.set(name, shape);
      last = { datum, flags, count, shape };
    }
    places[i] = last.shape;
    values[i] = value ?? Number.NaN;
    rests.push(rest === "" ? null : rest);
  }
  return {
    shapes,
    shapeOf: places,
    times: Float64Array.from(data, ({ time }) => time),
    values,
    rests: unlessEmpty(rests),
    ids: data.map(({ id }) => id),
    sentIds: [...sentIds],
    hashes: hashes && Float64Array.from(hashes, hashNumber),
    origins: unlessEmpty(data.map(({ originId }) => originId ?? null)),
  };
}

const unlessEmpty = (texts: readonly (string | null)[]) => (texts.every((text) => text === null) ? undefined : texts);

const HASH_BYTES = 6;

/** The first 48 bits of a hash in base64, as a number. */
export const hashNumber = (hash: string): number =>
  [...atob(hash.slice(0, (HASH_BYTES * 4) / 3))].reduce((sum, byte) => sum * 256 + byte.charCodeAt(0), 0);

const commonOf = ({ fields }: IngestedDatum): string =>
  Object.entries(fields)
    .filter(([name, value]) => value !== undefined && COMMON.has(name))
    .map(([name, value]) => `"${name}":${JSON.stringify(value)}`)
    .join(",");

/**
 * What is of one datum alone, and what the shape has to say of that; how many common members it has, and whether those are the
 * same in another datum.
 */
function ownPartsOf({ time, guid, type, fields }: IngestedDatum, other: IngestedDatum | undefined) {
  const offsetMs =
    ((fields.timezoneOffset as number | undefined) ?? 0) * 60_000 +
    ((fields.conversionOffset as number | undefined) ?? 0);
  const isDerived = fields.deviceTime !== undefined && isLocalTimeOf(fields.deviceTime as string, time + offsetMs);
  const isMeasured = MEASURED.has(type);
  let rest = "";
  let [count, isAlike] = [0, true];
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    if (COMMON.has(name)) {
      count += 1;
      if (other && other.fields[name] !== value) isAlike = false;
      continue;
    }
    if ((isMeasured && name === "value") || (isDerived && name === "deviceTime")) continue;
    rest += `,"${name}":${JSON.stringify(value)}`;
  }
  if (guid !== undefined) rest += `,"guid":${JSON.stringify(guid)}`;
  return {
    rest,
    value: isMeasured ? (fields.value as number) : null,
    offsetMs: isDerived ? offsetMs : 0,
    isAlike,
    count,
    flags: (isDerived ? FLAGS.hasDerivedDeviceTime : 0) + (guid === undefined ? 0 : FLAGS.hasOwnGuid),
  };
}

const shapeOf = (
  { type, subType, deviceId, source, fields }: IngestedDatum,
  text: string,
  flags: number,
  offsetMs: number,
): PackedShape => ({
  type: typeCode(type),
  subType: subType ?? null,
  deviceId: deviceId ?? null,
  source: source ?? null,
  minutes: type === "cbg" ? minutesOf("cgm", fields.sampleInterval as number | undefined, deviceId) : 0,
  offsetMs,
  flags,
  text,
});

/** Whether a text is what `localTime` makes of a time, without making it: that takes longer than all else. */
function isLocalTimeOf(text: string, ms: number): boolean {
  if (text.length !== LOCAL_TIME_LENGTH) return false;
  const digits = (from: number, count: number) => {
    let value = 0;
    for (let i = from; i < from + count; i++) value = value * 10 + text.charCodeAt(i) - ZERO;
    return value;
  };
  const date = [digits(0, 4), digits(5, 2) - 1, digits(8, 2), digits(11, 2), digits(14, 2), digits(17, 2)] as const;
  // Date.UTC takes the years before 100 for those of the last century.
  return date[0] >= 100 && Date.UTC(...date) === Math.floor(ms / 1000) * 1000;
}

const LOCAL_TIME_LENGTH = "2024-05-01T13:15:30".length;
const ZERO = 48;

/** A time as a clock without a zone shows it: `2024-05-01T13:15:30`. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(0, 19);
}
