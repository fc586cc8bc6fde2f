import { toDateTime } from "../../../platform/core/wire.ts";

/** A datum as it was read from a request: checked, and with glucose in mmol/L. */
export interface IngestedDatum {
  /** As sent, or new. */
  readonly id: string;
  /** Only when it was sent; otherwise it follows from the id (`guidOf`). */
  readonly guid?: string;
  readonly type: string;
  /** Of `bolus`, `deviceEvent` and `smbg`. */
  readonly subType?: string;
  /** Of `basal`. */
  readonly deliveryType?: string;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly deviceId?: string;
  readonly source?: string;
  readonly originId?: string;
  /** As sent: RFC 3339. */
  readonly originTime?: string;
  /** All accepted members but `id`, `guid`, `time` and `uploadId`, in their normal form. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Where it stands in the request, as JSON pointer: `/4`, or `/4/bolus` of an embedded one. */
  readonly pointer?: string;
}

/** Through whom a datum came. */
export interface Provenance {
  readonly clientID?: string;
  readonly byUserID?: string;
  readonly sourceIP?: string;
}

/** A datum as it is kept. Times are ISO texts with milliseconds and `Z`. */
export interface StoredDatum {
  readonly id: string;
  readonly guid?: string;
  readonly type: string;
  readonly time: string;
  readonly uploadId: string;
  /** Whether readers see it. */
  readonly _active: boolean;
  readonly _userId: string;
  readonly _version: number;
  readonly _deduplicator?: { readonly hash: string };
  readonly createdTime: string;
  readonly modifiedTime: string;
  readonly archivedTime?: string;
  /** The data set that replaced it. */
  readonly archivedDatasetId?: string;
  readonly provenance?: Provenance;
  readonly [field: string]: unknown;
}

/** A datum as readers get it. */
export interface ClientDatum {
  readonly id: string;
  readonly guid: string;
  readonly type: string;
  readonly time: string;
  readonly uploadId: string;
  readonly [field: string]: unknown;
}

/** What the server adds to a datum it stores. */
export interface Stamp {
  readonly userId: string;
  readonly uploadId: string;
  readonly isActive: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The hash of its identity, where the deduplicator uses one. */
  readonly hash?: string;
  readonly provenance?: Provenance;
}

/** The storage form of a datum. */
export function toStored({ id, guid, time, fields }: IngestedDatum, stamp: Stamp): StoredDatum {
  const now = toDateTime(stamp.now);
  return {
    ...(fields as { type: string }),
    time: toDateTime(time),
    id,
    ...(guid !== undefined && { guid }),
    uploadId: stamp.uploadId,
    _active: stamp.isActive,
    _userId: stamp.userId,
    _version: 0,
    ...(stamp.hash !== undefined && { _deduplicator: { hash: stamp.hash } }),
    createdTime: now,
    modifiedTime: now,
    ...(stamp.provenance && { provenance: stamp.provenance }),
  };
}

/** Members of the storage form that readers do not get, beside those that begin with an underscore. */
const INTERNAL = new Set([
  "createdTime",
  "createdUserId",
  "modifiedTime",
  "modifiedUserId",
  "archivedTime",
  "archivedDatasetId",
  "deletedTime",
  "deletedUserId",
  "provenance",
  "revision",
]);

/** The form of a stored datum that readers get: nothing internal, and always a guid. */
export function toClient(stored: StoredDatum): ClientDatum {
  const client: Record<string, unknown> = {};
  for (const name in stored) {
    if (!name.startsWith("_") && !INTERNAL.has(name)) client[name] = stored[name];
  }
  client.guid ??= guidOf(stored.id);
  return client as unknown as ClientDatum;
}

const HEX_ID = /^[0-9a-f]{32}$/;
const VARIANTS = ["8", "9", "a", "b"];

/**
 * The guid of a datum that came without one: its id in the form of a UUID, version 4. The same id always has the same
 * guid, so it need not be stored.
 */
export function guidOf(id: string): string {
  const digits = HEX_ID.test(id) ? id : mixed(id);
  const variant = VARIANTS[Number.parseInt(digits[16]!, 16) & 3]!;
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
}

/** Four rounds of FNV-1a with different starts: 32 hex digits from any text. */
function mixed(text: string): string {
  let digits = "";
  for (let round = 0; round < 4; round++) {
    let hash = Math.imul(0x811c9dc5, 2 * round + 1);
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    digits += ((hash ^ (hash >>> 13)) >>> 0).toString(16).padStart(8, "0");
  }
  return digits;
}
