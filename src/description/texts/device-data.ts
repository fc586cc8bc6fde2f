import { of, type Texts, within } from "./text.ts";

/** Data by name, as they are returned. */
const returned = (...names: string[]): string[] => names.map((name) => `${name}.v1`);
/** Data by name, as they are sent. */
const sent = (...names: string[]): string[] => names.map((name) => `${name}Ingestion.v1`);
const data = (...names: string[]): string[] => [...returned(...names), ...sent(...names)];

const BOLUSES = ["bolusNormal", "bolusSquare", "bolusDualSquare", "bolusAutomated"];
const DEVICE_EVENTS = [
  "deviceEventAlarm",
  "deviceEventCalibration",
  "deviceEventPrimeCannula",
  "deviceEventPrimeTubing",
  "deviceEventPumpSettingsOverride",
  "deviceEventReservoirChange",
  "deviceEventStatus",
  "deviceEventTimeChange",
];
const ALL = [
  "basalAutomated",
  "basalScheduled",
  "basalSuspend",
  "basalTemp",
  "cbg",
  "smbg",
  ...BOLUSES,
  "wizard",
  ...DEVICE_EVENTS,
  "food",
  "pumpSettings",
];

const DATA_SET_ID = "9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d";
const DATUM_ID = "5f0c7ad2913b4c06a9d3e1f2b4c6d8ea";
const DEVICE_ID = { description: "The id of the device, the same in every upload.", example: "PumpCo-900-771203" };

const ANNOTATIONS = {
  description: "Remarks of the uploader, each with a `code`.",
  example: [{ code: "bg/out-of-range", value: "high", threshold: 400 }],
};

/** What data and data sets say of the clock of their device. */
const clock: Texts = {
  deviceTime: "What the clock of the device showed, without a zone.",
  timezone: "The IANA name of the time zone.",
  timezoneOffset: { description: "Minutes from UTC to local time.", example: -420 },
  conversionOffset: {
    description:
      "Milliseconds; corrects gross errors of the clock: deviceTime = time + timezoneOffset + conversionOffset.",
    example: 0,
  },
  clockDriftOffset: {
    description: "Milliseconds of small corrections of the clock; for information, not part of deviceTime.",
    example: 0,
  },
};

/** What every datum may have. */
const common: Texts = {
  time: {
    description: "The best estimate of the instant, with a zone; answers have it in UTC.",
    example: "2024-05-01T20:15:30.000Z",
  },
  id: { description: "The id of the datum; made by the server when it is not sent.", example: DATUM_ID },
  guid: {
    description: "A UUID of the datum, beside its id; made by the server when it is not sent. Of use to older clients.",
    example: "b3d1c0de-5a7e-4c1f-9b2d-3e4f5a6b7c8d",
  },
  deviceId: DEVICE_ID,
  type: "The type of the datum; decides which other members it has.",
  associations: "Other data, files or addresses that belong to it.",
  location: "Where it was recorded: by GPS, by a name, or both.",
  notes: "Remarks in plain text.",
  origin: "Where the datum comes from, when it was not recorded by the uploader itself.",
  source: "From which service the datum was imported; `carelink` is the only one.",
  tags: { description: "Free marks, each once; kept in ascending order.", example: ["exercise"] },
};

const insulinFormulation = "Which insulin was delivered.";
const scheduleName = { description: "The name of the active basal schedule on the device.", example: "Weekday" };

// Basal

const suppressed: Texts = {
  type: "Always basal.",
  deliveryType: "What kind of delivery was suppressed.",
  rate: "The rate that would have been delivered, units per hour.",
  annotations: ANNOTATIONS,
  insulinFormulation: "Which insulin would have been delivered.",
};

const basal: Texts = {
  deliveryType: "How the rate came about: by the schedule, by an algorithm, temporarily, or as a suspension.",
  rate: "The rate of delivery, insulin units per hour.",
  percent: { description: "The fraction of the scheduled rate: 0.5 is half of it.", example: 0.5 },
  scheduleName,
  suppressed: "The delivery that this one took the place of.",
};
// Bolus

const bolus: Texts = {
  normal: "Insulin delivered at once, units.",
  expectedNormal: "Insulin that was to be delivered at once, units; present when the bolus was interrupted.",
  extended: "Insulin delivered over `duration`, units.",
  expectedExtended: "Insulin that was to be delivered over time, units; present when the bolus was interrupted.",
  deliveryContext: "What started the bolus.",
};

// Glucose

const GLUCOSE_UNITS = "The unit of the glucose values; answers always have mmol/L.";
const READING_VALUE = { description: "Glucose in `units`.", example: 6.6 };

/** A glucose target: {target}, {target, range}, {target, high} or {low, high}. */
const target: Texts = {
  target: "The glucose to reach.",
  range: "How far glucose may be from the target, either way.",
  low: "The lower end of the target.",
  high: "The upper end of the target.",
};
const TARGET = "The glucose target: target, target and range, target and high, or low and high.";

// Insulin

const insulinLevel: Texts = {
  name: { description: "What the insulin is called.", example: "Rapid 100" },
  simple: "The insulin, if it is one; excludes `compounds`.",
  "simple.actingType": "How fast it acts.",
  "simple.brand": "The brand.",
  "simple.concentration": "How concentrated it is.",
  "simple.concentration.units": "Units of insulin per millilitre.",
  "simple.concentration.value": { description: "The concentration.", example: 100 },
  compounds: "The insulins it is mixed from; excludes `simple`.",
};
const compoundLevel: Texts = {
  amount: "The part of this insulin in the mixture, relative to the others.",
  formulation: "Which insulin this part is.",
  ...within("formulation", insulinLevel),
};

// Food

const foodLevel: Texts = {
  name: { description: "What was eaten.", example: "Apple" },
  brand: "The brand of the product.",
  code: { description: "The code of the product, such as a UPC.", example: "012345678905" },
  amount: "How much of it.",
  "amount.units": { description: "In which unit, in any words.", example: "pieces" },
  "amount.value": "How many of the unit.",
  nutrition: "What it contains.",
  ingredients: "What it was made from.",
};

// Lengths and places

/** The alternatives of a value by their unit. */
const byUnit = (name: string, ...units: string[]): string[] =>
  units.map((unit) => `${name}${unit[0]!.toUpperCase()}${unit.slice(1)}.v1`);

const measured = (what: string): Texts => ({
  units: "The unit of the value.",
  value: `${what}.`,
});

// Pump settings

const start = { description: "From when on in the day: milliseconds after midnight.", example: 21_600_000 };
const GLUCOSE_PER_UNIT = "How far one unit of insulin lowers glucose, in `units.bg`.";
const CARB_PER_UNIT = "Carbohydrates that one unit of insulin covers, in `units.carb`.";

const schedules = (one: string, named: string, what: string, entry: Texts): Texts => ({
  [one]: `${what} through the day, where the device has one schedule; excludes \`${named}\`.`,
  ...within(one, { start, ...entry }),
  ...within(named, { start, ...entry }),
});

const pumpSettings: Texts = {
  activeSchedule: { description: "The name of the basal schedule in use.", example: "Weekday" },
  automatedDelivery: "Whether an algorithm controlled the delivery.",
  basal: "Settings of basal delivery.",
  "basal.rateMaximum": "The highest basal rate.",
  ...within("basal.rateMaximum", measured("The rate, insulin units per hour")),
  "basal.temporary": "Settings of temporary rates.",
  "basal.temporary.type": "Whether temporary rates are in percent, in units per hour, or off.",
  ...schedules("basalSchedule", "basalSchedules", "Basal rates", { rate: "The basal rate, insulin units per hour." }),
  ...schedules("bgTarget", "bgTargets", "Glucose targets", target),
  bolus: "Settings of boluses.",
  "bolus.amountMaximum": "The largest bolus.",
  ...within("bolus.amountMaximum", measured("The amount, insulin units")),
  "bolus.calculator": "Settings of the bolus calculator.",
  "bolus.calculator.enabled": "Whether the calculator is on.",
  "bolus.calculator.insulin": "How long the calculator takes insulin to act.",
  "bolus.extended": "Settings of boluses over time.",
  "bolus.extended.enabled": "Whether they can be given.",
  ...schedules("carbRatio", "carbRatios", "Carbohydrate ratios", { amount: CARB_PER_UNIT }),
  display: "What the device shows.",
  "display.bloodGlucose": "How it shows glucose.",
  "display.bloodGlucose.units": "In which unit.",
  firmwareVersion: "The version of the firmware.",
  hardwareVersion: "The version of the hardware.",
  ...schedules("insulinSensitivity", "insulinSensitivities", "Insulin sensitivities", { amount: GLUCOSE_PER_UNIT }),
  manufacturers: "Who made the device, each once.",
  model: "The model of the device.",
  name: "What the device is called.",
  scheduleTimeZoneOffset: "The zone of the schedules: minutes from UTC.",
  serialNumber: "The serial number of the device.",
  softwareVersion: "The version of the software.",
  units: "The units of the settings; required when a setting is about glucose.",
  "units.bg": "The unit of glucose; answers always have mmol/L.",
  "units.carb": "The unit of carbohydrates.",
};

// Data sets

const dataSet: Texts = {
  dataSetType: "normal: readers see the data when the set is closed; continuous: at once.",
  deduplicator: "How data that were uploaded before are treated.",
  "deduplicator.name": {
    description: "The name of the method.",
    example: "org.tidepool.deduplicator.device.deactivate.hash",
  },
  client: "The application that uploads.",
  "client.name": { description: "Its name, best as a reversed domain.", example: "org.example.uploader" },
  "client.version": { description: "Its version.", example: "2.58.0" },
  deviceId: DEVICE_ID,
  deviceModel: "The model of the device.",
  deviceSerialNumber: "The serial number of the device.",
  deviceManufacturers: { description: "Who made the device, each once.", example: ["PumpCo"] },
  deviceTags: "What kinds of device it is, each once.",
  computerTime: "What the clock of the computer showed at the upload, without a zone.",
  timeProcessing: "How the uploader found the time of data from the clock of the device.",
  version: { description: "The version of the uploader, 5 characters or more.", example: "2.58.0" },
};
const storedDataSet: Texts = {
  id: { description: "The id of the data set.", example: DATA_SET_ID },
  uploadId: { description: "The same as `id`.", example: DATA_SET_ID },
  type: "Always upload.",
  "deduplicator.version": { description: "The version of the method.", example: "1.1.0" },
  byUser: "The user id of the uploader; absent for services.",
};
const state = "open: takes data; closed: takes no more.";

export const DEVICE_DATA: Texts = {
  ...of("*", { ...clock, annotations: ANNOTATIONS }),
  ...of(data(...ALL), common),
  ...of(returned(...ALL), {
    uploadId: { description: "The id of the data set that it belongs to.", example: DATA_SET_ID },
  }),

  // Insulin delivery
  ...of("*", {
    insulinFormulation,
    duration: "How long it lasted, milliseconds.",
    expectedDuration: "How long it was to last, milliseconds; present when it was interrupted.",
  }),
  ...of("*", basal),
  ...of("*", bolus),
  ...of(data(...BOLUSES), { subType: "How it was delivered: at once, over time (square), both, or by an algorithm." }),
  ...of("insulinFormulation.v1", {
    ...insulinLevel,
    ...within("compounds", compoundLevel),
    ...within("compounds.formulation.compounds", compoundLevel),
  }),

  // Readings
  ...of(data("cbg", "smbg", "deviceEventCalibration"), { units: GLUCOSE_UNITS, value: READING_VALUE }),
  ...of("*", {
    trend: "How glucose was changing, in words of the sensor.",
    trendRate: "How fast glucose was changing, in `trendRateUnits`.",
    trendRateUnits: "The unit of trendRate; answers always have mmol/L/minute.",
    sampleInterval: { description: "The time from one reading to the next, milliseconds.", example: 300_000 },
    backfilled: "Whether the reading came later, after a gap in the connection.",
  }),
  ...of(data("smbg"), { subType: "Whether it came from a linked meter, by hand, or by scanning a sensor." }),
  ...of("*", { bgTarget: TARGET, ...within("bgTarget", target) }),

  // Bolus calculator
  ...of(data("wizard"), { units: GLUCOSE_UNITS }),
  ...of("*", {
    bgInput: "Glucose that was entered, in `units`.",
    carbInput: "Carbohydrates that were entered, in `carbUnits`.",
    carbUnits: "The unit of carbohydrates.",
    insulinCarbRatio: "Carbohydrates that one unit of insulin covers, in `carbUnits`.",
    insulinOnBoard: "Insulin still acting, units.",
    insulinSensitivity: "How far one unit of insulin lowers glucose, in `units`.",
    recommended: "What the calculator recommended.",
    "recommended.carb": "For the carbohydrates, insulin units.",
    "recommended.correction": "To correct glucose, insulin units; below 0 when it was low.",
    "recommended.net": "In all, insulin units.",
  }),
  ...of(sent("wizard"), { bolus: "The bolus that followed; stored as a datum of its own." }),
  ...of(returned("wizard"), { bolus: { description: "The id of the bolus that followed.", example: DATUM_ID } }),

  // Device events
  ...deviceEvents(),

  // Food
  ...of(data("food"), {
    ...foodLevel,
    meal: "Which meal it was.",
    mealOther: "What meal it was, when `meal` is other; then required.",
    ...within("ingredients", foodLevel),
    ...within("ingredients.ingredients", foodLevel),
  }),
  ...of("nutrition.v1", {
    estimatedAbsorptionDuration: "How long it takes to be absorbed, seconds.",
    carbohydrate: "Carbohydrates.",
    "carbohydrate.net": "Net carbohydrates: the total without dietary fiber.",
    "carbohydrate.total": "All carbohydrates.",
    "carbohydrate.sugars": "Sugars among them.",
    "carbohydrate.dietaryFiber": "Dietary fiber among them.",
    "carbohydrate.units": "Always grams.",
    energy: "Energy.",
    fat: "Fat.",
    "fat.total": "All fat.",
    "fat.units": "Always grams.",
    protein: "Protein.",
    "protein.total": "All protein.",
    "protein.units": "Always grams.",
  }),

  // Settings
  ...of(data("pumpSettings"), pumpSettings),

  // What belongs to a datum
  ...of(["suppressedAutomated.v1", "suppressedScheduled.v1", "suppressedTemp.v1"], suppressed),
  ...of(["suppressedAutomated.v1", "suppressedScheduled.v1"], { scheduleName }),
  ...of(["suppressedAutomated.v1", "suppressedTemp.v1"], {
    suppressed: "What this delivery would have taken the place of.",
  }),
  ...of("suppressedTemp.v1", { percent: { description: "The fraction of the scheduled rate.", example: 0.5 } }),
  ...of(byUnit("insulinDuration", "hours", "minutes", "seconds"), {
    duration: "The duration, in its `units`.",
    units: "The unit of the duration.",
  }),
  ...of(byUnit("energy", "calories", "joules", "kilocalories", "kilojoules"), measured("The energy, in its `units`")),
  ...of(byUnit("elevation", "feet", "meters"), measured("The height, in its `units`")),
  ...of(byUnit("horizontalAccuracy", "feet", "meters"), measured("The distance, in its `units`")),
  ...of(byUnit("verticalAccuracy", "feet", "meters"), measured("The distance, in its `units`")),
  ...of("association.v1", {
    type: "What it is associated with.",
    id: { description: "The id of the blob, datum or image; absent for a url.", example: DATUM_ID },
    url: { description: "The absolute address; for a url only.", example: "https://example.org/report/1" },
    reason: "Why they belong together.",
  }),
  ...of("location.v1", {
    name: { description: "What the place is called.", example: "Home" },
    gps: "The position.",
    "gps.latitude": "How far north.",
    ...within("gps.latitude", measured("Degrees north of the equator; south is negative")),
    "gps.longitude": "How far east.",
    ...within("gps.longitude", measured("Degrees east of Greenwich; west is negative")),
    "gps.elevation": "The height above sea level.",
    "gps.floor": "The floor of the building; 0 is the ground floor.",
    "gps.horizontalAccuracy": "How far the true position may be.",
    "gps.verticalAccuracy": "How far the true height may be.",
    "gps.origin": "What has determined the position.",
  }),
  ...of("origin.v1", {
    id: { description: "The id of the datum there.", example: "a7f2-0193" },
    name: { description: "The name of the application or device.", example: "org.example.app" },
    version: { description: "Its version.", example: "4.2.1" },
    type: "What it is.",
    time: {
      description: "When the datum was made or changed there; kept as it was sent.",
      example: "2024-05-01T20:15:00Z",
    },
  }),

  // Data sets
  ...of("dataSetCreation.v1", {
    ...dataSet,
    dataSetType: `${dataSet.dataSetType as string} normal when absent.`,
    "deduplicator.name": {
      description: "The name of the method; chosen by the server when absent.",
      example: "org.tidepool.deduplicator.dataset.delete.origin",
    },
    time: { description: "When the upload was made; now when absent.", example: "2024-05-01T20:15:30.000Z" },
  }),
  ...of("dataSet.v1", {
    ...dataSet,
    ...storedDataSet,
    state,
    createdUserId: "The same as `byUser`.",
    modifiedTime: "When the data set was last changed.",
    deletedTime: "When the data set was deleted; absent while it is not.",
    time: { description: "When the upload was made, in UTC.", example: "2024-05-01T20:15:30.000Z" },
  }),
  ...of("upload.v1", {
    ...dataSet,
    ...storedDataSet,
    guid: "A UUID of the data set, as every datum has one.",
    time: { description: "When the upload was made, in UTC.", example: "2024-05-01T20:15:30.000Z" },
  }),
  ...of("dataSetUpdate.v1", {
    deviceId: DEVICE_ID,
    deviceModel: "The model of the device.",
    deviceSerialNumber: "The serial number of the device.",
    state: "closed ends the set, which then takes no more data.",
    time: { description: "When the upload was made.", example: "2024-05-01T20:15:30.000Z" },
  }),
  ...of("dataSelector.v1", {
    id: { description: "The id of a datum to remove.", example: DATUM_ID },
    time: "Accepted and ignored.",
    deduplicator: "Selects data by what the deduplicator compares.",
    "deduplicator.hash": {
      description: "The hash of the data to remove.",
      example: "EjKeBJspzw3F2ejyJzUVjwma7+NiQ0ihAmTRMwKfydA=",
    },
    origin: "Selects data by where they come from.",
    "origin.id": { description: "The `origin.id` of the data to remove.", example: "a7f2-0193" },
    "origin.time": "Accepted and ignored.",
  }),

  // Answers
  ...of("noData.v1", { data: "Always empty.", meta: "About the request." }),
  ...of("dataMeta.v1", {
    trace: "By what the request is found in logs.",
    "trace.request": "The id of the request, also in the header `x-tidepool-trace-request`.",
  }),
  ...faults(),
};

function deviceEvents(): Texts {
  const withStatus = ["deviceEventAlarm", "deviceEventReservoirChange"];
  return {
    ...of(data(...DEVICE_EVENTS), { subType: "Which kind of event it is; decides which other members it has." }),
    ...of("*", {
      alarmType: "What the alarm was about.",
      primeTarget: "What was filled with insulin: the cannula or the tubing.",
      volume: { description: "How much insulin it took, units.", example: 0.5 },
      overrideType: "For what occasion settings were overridden.",
      overridePreset: "The name of the preset; required when overrideType is preset.",
      method: "Whether the device did it by itself or a person did.",
      basalRateScaleFactor: { description: "What basal rates are multiplied by.", example: 0.8 },
      carbRatioScaleFactor: { description: "What carbohydrate ratios are multiplied by.", example: 1.2 },
      insulinSensitivityScaleFactor: { description: "What insulin sensitivities are multiplied by.", example: 1.2 },
      "units.bg": "The unit of glucose; answers always have mmol/L.",
      from: "What the clock showed before; the time, the zone or both.",
      "from.time": "The local time before.",
      "from.timeZoneName": "The IANA name of the zone before.",
      to: "What the clock was set to; the time, the zone or both.",
      "to.time": "The local time after.",
      "to.timeZoneName": "The IANA name of the zone after.",
      change: "The older form of the same, in place of `from`, `to` and `method`.",
      "change.from": "The local time before.",
      "change.to": "The local time after.",
      "change.agent": "Whether the device did it by itself or a person did.",
    }),
    ...of(data("deviceEventPumpSettingsOverride"), { units: "The unit of bgTarget; required with it." }),
    ...of(returned(...withStatus), {
      status: { description: "The id of the status event that came with it.", example: DATUM_ID },
    }),
    ...of(sent(...withStatus), { status: "The status event that came with it; stored as a datum of its own." }),
    ...of(data("deviceEventStatus"), {
      status: "Whether delivery was suspended or resumed.",
      reason: {
        description: "Who or what caused it. Free content, not empty, at most 4096 bytes as JSON.",
        example: { suspended: "manual" },
      },
    }),
  };
}

function faults(): Texts {
  const fault: Texts = {
    code: { description: "Which error it is, for programs.", example: "value-not-exists" },
    title: { description: "Which error it is, in words.", example: "value does not exist" },
    detail: { description: "What is wrong in this request.", example: 'value "x" is not one of ["a", "b"]' },
  };
  return {
    ...of("dataFault.v1", {
      ...fault,
      "source.pointer": { description: "Where in the body, as a JSON pointer.", example: "/0/volume" },
      "source.parameter": { description: "Which query parameter.", example: "startDate" },
      "meta.type": { description: "The type of the datum.", example: "deviceEvent" },
      "meta.subType": { description: "Its subType, if it has one.", example: "prime" },
      "meta.deliveryType": { description: "Its deliveryType, if it has one.", example: "temp" },
    }),
    ...of("dataFaults.v1", { errors: "All that is wrong, in the order of the request." }),
    ...of("dataFaultsInEnvelope.v1", {
      errors: "What is wrong.",
      meta: "About the request.",
      ...within("errors", {
        ...fault,
        code: { description: "Which error it is, for programs.", example: "unauthorized" },
      }),
      "errors.status": { description: "The HTTP status, as text.", example: "403" },
    }),
    ...of("dataFaultWithStatus.v1", {
      status: { description: "The HTTP status.", example: 403 },
      id: "The id of the request.",
      code: { description: "Which error it is, for programs.", example: "data_cant_view" },
      errors: "What is wrong with the parameters; absent in other refusals.",
    }),
  };
}

/** The envelope of older answers: what was asked for, and a trace. */
const inEnvelope = (operationId: string): Texts => ({
  [`${operationId}#data`]: "What was asked for.",
  [`${operationId}#meta`]: "What identifies the request in traces.",
});
export const ENVELOPES: Texts = {
  ...["UpdateDataSet", "DeleteDataSet", "OpenDataSet", "ListDataSetsInEnvelope"].reduce<Texts>(
    (texts, operationId) => ({ ...texts, ...inEnvelope(operationId) }),
    inEnvelope("GetTime"),
  ),
  "GetTime#data.time": { description: "The time of the server, in UTC.", example: "2026-03-01T09:30:00.000Z" },
};
