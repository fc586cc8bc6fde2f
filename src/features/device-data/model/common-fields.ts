import {
  choice,
  exactly,
  type Fields,
  type Field,
  free,
  ignored,
  instant,
  instantText,
  integer,
  is,
  list,
  localTime,
  matching,
  name,
  object,
  quantity,
  required,
  type TextForm,
  text,
  when,
  zone,
  number,
} from "./fields.ts";

const DATA_ID = matching("data id", /^[0-9a-z]{32}$/);
const GUID = matching("guid", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

/** Absolute, with a host. */
const URL_FORM: TextForm = {
  name: "url",
  isValid: (text) => !/\s/.test(text) && URL.canParse(text) && new URL(text).host !== "",
};

export const dataId = text({ max: 32, form: DATA_ID });
export const guid = text({ max: 36, form: GUID });

const DAY_MS = 86_400_000;
/** Minutes of a week: wider than any zone, as published. */
const OFFSET_MINUTES_MAX = 10_080;

const origin = object(
  {
    id: name,
    name,
    version: name,
    type: choice("application", "device", "manual", "service"),
    time: instantText,
    payload: free,
  },
  { name: "origin" },
);

const associated = {
  type: required(choice("blob", "datum", "image", "url")),
  id: when({ required: is("type", "blob", "datum", "image"), forbidden: is("type", "url") }, dataId),
  url: when(
    { required: is("type", "url"), forbidden: is("type", "blob", "datum", "image") },
    text({ max: 2047, form: URL_FORM }),
  ),
  reason: text({ max: 1000 }),
} satisfies Fields;
const association = object(associated, { name: "association" });

const METRES_PER_FOOT = 0.3048;

const metresOrFeet = (name: string, min: number, max: number): Field =>
  quantity({ feet: { min: min / METRES_PER_FOOT, max: max / METRES_PER_FOOT }, meters: { min, max } }, name);

const degrees = (max: number): Field =>
  object({ units: required(choice("degrees")), value: required(number({ min: -max, max })) });

const location = object(
  {
    name,
    gps: object({
      latitude: required(degrees(90)),
      longitude: required(degrees(180)),
      elevation: metresOrFeet("elevation", -20_000, 1_000_000),
      floor: integer({ min: -1000, max: 1000 }),
      horizontalAccuracy: metresOrFeet("horizontalAccuracy", 0, 1000),
      verticalAccuracy: metresOrFeet("verticalAccuracy", 0, 1000),
      origin,
    }),
  },
  { any: ["gps", "name"], name: "location" },
);

/** What data and data sets say of their clock. */
export const CLOCK_FIELDS = {
  deviceTime: localTime,
  timezone: zone,
  timezoneOffset: integer({ min: -OFFSET_MINUTES_MAX, max: OFFSET_MINUTES_MAX }),
  conversionOffset: integer(),
  clockDriftOffset: integer({ min: -DAY_MS, max: DAY_MS }),
} satisfies Fields;

export const annotations = list(free);
export const deviceId = text();

/** The members that every datum may have, beside its type. */
export const BASE_FIELDS = {
  time: required(instant),
  id: dataId,
  guid,
  deviceId,
  ...CLOCK_FIELDS,
  uploadId: ignored,
  annotations,
  associations: list(association),
  location,
  notes: list(text({ max: 1000 }), { min: 0 }),
  tags: list(name, { isUnique: true, isSorted: true }),
  origin,
  payload: free,
  source: exactly("carelink"),
} satisfies Fields;
