import { annotations, CLOCK_FIELDS, deviceId } from "./common-fields.ts";
import { type DatumError, errorAt, JSON_MALFORMED, NOT_EXISTS } from "./data-errors.ts";
import { type Deduplicated, type Deduplicator, deduplicatorFor } from "./deduplicators.ts";
import {
  choice,
  type Fields,
  free,
  ignored,
  instant,
  integer,
  list,
  localTime,
  matching,
  object,
  text,
  zone,
} from "./fields.ts";
import { isObject, strictReader } from "./readers.ts";

const REVERSE_DOMAIN = matching("reverse domain", /^[A-Za-z]{2,63}(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$/);

const DEVICE_TAGS = choice("activity-monitor", "bgm", "cgm", "insulin-pump");

/** What a new data set may say. */
export const CREATION_FIELDS = {
  dataSetType: choice("normal", "continuous"),
  // A client that repeats an answer sends the version as well: the version is ours to choose.
  deduplicator: object({ name: text({ max: 253, form: REVERSE_DOMAIN }), version: ignored, hash: ignored }),
  client: object({ name: text(), version: text(), private: free }),
  deviceId,
  deviceModel: text(),
  deviceSerialNumber: text(),
  deviceManufacturers: list(text(), { isUnique: true, isSorted: true }),
  deviceTags: list(DEVICE_TAGS, { isUnique: true, isSorted: true }),
  time: instant,
  ...CLOCK_FIELDS,
  computerTime: localTime,
  payload: free,
  annotations,
  timeProcessing: choice("none", "across-the-board-timezone", "utc-bootstrapping"),
  version: text({ min: 5 }),
  type: ignored,
  id: ignored,
  uploadId: ignored,
  byUser: ignored,
  createdTime: ignored,
  createdUserId: ignored,
  modifiedTime: ignored,
  modifiedUserId: ignored,
  deletedTime: ignored,
  deletedUserId: ignored,
} satisfies Fields;

/** What an update of a continuous data set may say. */
export const UPDATE_FIELDS = {
  deviceId,
  deviceModel: text({ min: 2 }),
  deviceSerialNumber: text({ min: 2 }),
  state: choice("open", "closed"),
  time: instant,
  timezone: zone,
  timezoneOffset: integer({ min: -720, max: 840 }),
} satisfies Fields;

/** A data set as it is opened: checked, its deduplicator chosen. */
export interface DataSetCreation {
  readonly dataSetType: "normal" | "continuous";
  readonly deduplicator: Deduplicator;
  /** Epoch milliseconds; absent: now. */
  readonly time?: number;
  readonly deviceId?: string;
  readonly clientName?: string;
  /** All accepted members but `deduplicator` and `time`, in their normal form. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The change of a continuous data set. */
export interface DataSetUpdate {
  readonly deviceId?: string;
  readonly deviceModel?: string;
  readonly deviceSerialNumber?: string;
  readonly state?: "open" | "closed";
  /** Epoch milliseconds. */
  readonly time?: number;
  readonly timezone?: string;
  readonly timezoneOffset?: number;
}

const readCreation = strictReader(object(CREATION_FIELDS));
const readUpdate = strictReader(object(UPDATE_FIELDS));

/** Reads the body that opens a data set. Unknown members are errors; those that only the server sets are ignored. */
export function readDataSetCreation(body: unknown): { dataSet: DataSetCreation } | { errors: DatumError[] } {
  if (!isObject(body)) return { errors: [JSON_MALFORMED] };
  const read = readCreation(body);
  if ("errors" in read) return read;
  const { deduplicator: named, time, ...rest } = read.members;
  const fields = { dataSetType: "normal", ...rest } as Deduplicated & { client?: { name?: string } };
  const { dataSetType, deviceId, client } = fields;
  const deduplicator = deduplicatorFor({ ...fields, deduplicatorName: (named as { name?: string } | undefined)?.name });
  if ("code" in deduplicator) return { errors: [deduplicator] };
  // It deletes the other sets of a device, which must be known.
  if (deduplicator.close === "deleteOthersThenActivate" && deviceId === undefined) {
    return { errors: [errorAt("/deviceId", NOT_EXISTS)] };
  }
  return {
    dataSet: {
      dataSetType,
      deduplicator,
      time: time as number | undefined,
      deviceId,
      clientName: client?.name,
      fields: { ...fields },
    },
  };
}

/** Reads the body that updates a continuous data set. Unknown members are errors. */
export function readDataSetUpdate(body: unknown): { update: DataSetUpdate } | { errors: DatumError[] } {
  if (!isObject(body)) return { errors: [JSON_MALFORMED] };
  const read = readUpdate(body);
  return "errors" in read ? read : { update: read.members };
}
