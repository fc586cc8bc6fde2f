import { describe, expect, test } from "vitest";
import type { DatumError } from "./data-errors.ts";
import { readBatch } from "./ingest.ts";

type Json = any;

const TIME = "2024-05-01T13:15:30-07:00";
const NEVER = "0001-01-01T00:00:00Z";
const [DAY, WEEK] = [86_400_000, 604_800_000];

/** One valid datum of each kind, with what most rows change. */
const VALID = {
  alarm: { type: "deviceEvent", subType: "alarm", alarmType: "occlusion" },
  calibration: { type: "deviceEvent", subType: "calibration", units: "mg/dL", value: 100 },
  cannula: { type: "deviceEvent", subType: "prime", primeTarget: "cannula", volume: 0.5 },
  tubing: { type: "deviceEvent", subType: "prime", primeTarget: "tubing", volume: 12 },
  override: { type: "deviceEvent", subType: "pumpSettingsOverride", overrideType: "sleep" },
  preset: { type: "deviceEvent", subType: "pumpSettingsOverride", overrideType: "preset", overridePreset: "Run" },
  targetOverride: {
    type: "deviceEvent",
    subType: "pumpSettingsOverride",
    overrideType: "sleep",
    units: { bg: "mg/dL" },
    bgTarget: { target: 100 },
  },
  reservoir: { type: "deviceEvent", subType: "reservoirChange" },
  status: { type: "deviceEvent", subType: "status", status: "suspended", reason: { suspended: "manual" } },
  timeChange: { type: "deviceEvent", subType: "timeChange", to: { time: "2024-05-01T13:15:30" } },
  oldTimeChange: {
    type: "deviceEvent",
    subType: "timeChange",
    change: { from: "2024-05-01T13:15:30", to: "2024-05-01T14:15:30", agent: "manual" },
  },
  cbg: { type: "cbg", units: "mg/dL", value: 100 },
  cbgMmol: { type: "cbg", units: "mmol/L", value: 5.5 },
  trend: { type: "cbg", units: "mg/dL", value: 100, trendRate: 1, trendRateUnits: "mg/dL/minute" },
  trendMmol: { type: "cbg", units: "mg/dL", value: 100, trendRate: 1, trendRateUnits: "mmol/L/minute" },
  smbg: { type: "smbg", units: "mmol/L", value: 5.5 },
  automatedBasal: { type: "basal", deliveryType: "automated", duration: 0, rate: 1 },
  scheduledBasal: { type: "basal", deliveryType: "scheduled", duration: 0, rate: 1 },
  suspendBasal: { type: "basal", deliveryType: "suspend", duration: 0 },
  tempBasal: { type: "basal", deliveryType: "temp", duration: 0, rate: 1 },
  suppressing: {
    type: "basal",
    deliveryType: "suspend",
    duration: 0,
    suppressed: {
      type: "basal",
      deliveryType: "temp",
      rate: 1,
      suppressed: { type: "basal", deliveryType: "scheduled", rate: 2 },
    },
  },
  normal: { type: "bolus", subType: "normal", normal: 1 },
  square: { type: "bolus", subType: "square", extended: 1, duration: 0 },
  dual: { type: "bolus", subType: "dual/square", normal: 1, extended: 1, duration: 0 },
  automatedBolus: { type: "bolus", subType: "automated", normal: 1 },
  simple: { type: "bolus", subType: "normal", normal: 1, insulinFormulation: { simple: { actingType: "rapid" } } },
  compound: {
    type: "bolus",
    subType: "normal",
    normal: 1,
    insulinFormulation: { compounds: [{ amount: 1, formulation: { name: "A" } }] },
  },
  food: { type: "food" },
  meal: { type: "food", meal: "other", mealOther: "Brunch" },
  wizard: { type: "wizard", units: "mg/dL" },
  pump: { type: "pumpSettings", units: { bg: "mg/dL", carb: "grams" } },
} satisfies Record<string, Json>;
type Kind = keyof typeof VALID;

/** The valid datum with values at places, `a/0/b`; undefined takes away. */
function changed(kind: Kind, changes: Record<string, unknown>): Json {
  const datum: Json = { time: TIME, ...structuredClone(VALID[kind]) };
  for (const [place, value] of Object.entries(changes)) {
    const steps = place.split("/");
    const last = steps.pop()!;
    let at = datum;
    for (const step of steps) at = at[step] ??= {};
    if (value === undefined) delete at[last];
    else at[last] = structuredClone(value);
  }
  return datum;
}

const meta = ({ type, subType, deliveryType }: Json) => {
  if (type === "deviceEvent" || type === "bolus") return { type, subType };
  return type === "basal" ? { type, deliveryType } : { type };
};

const read = (...body: unknown[]) => readBatch(body, { newId: () => "0".repeat(32) });
const errorsOf = (...body: unknown[]): DatumError[] => {
  const result = read(...body);
  return "errors" in result ? result.errors : [];
};

function expectAccepted(kind: Kind, changes: Record<string, unknown>): void {
  expect(errorsOf(changed(kind, changes)), JSON.stringify(changes).slice(0, 200)).toEqual([]);
}

/** Refused for one reason, second of a batch: what is before it is counted, and valid. */
function expectRefused(kind: Kind, changes: Record<string, unknown>, at: string, code: string, detail: string): void {
  const datum = changed(kind, changes);
  expect(errorsOf(null, changed("cbg", {}), datum), JSON.stringify(changes).slice(0, 200)).toEqual([
    { code, title: TITLES[code], detail, source: { pointer: `/2/${at}` }, meta: meta(datum) },
  ]);
}

const TITLES: Record<string, string> = {
  "type-not-bool": "type is not bool",
  "type-not-int": "type is not int",
  "type-not-float64": "type is not float64",
  "type-not-string": "type is not string",
  "type-not-array": "type is not array",
  "type-not-object": "type is not object",
  "type-not-time": "type is not time",
  "value-not-parsable": "value is not a parsable time",
  "value-not-exists": "value does not exist",
  "value-exists": "value exists",
  "value-empty": "value is empty",
  "value-duplicate": "value is a duplicate",
  "value-not-allowed": "value is not one of the allowed values",
  "value-out-of-range": "value is out of range",
  "value-not-valid": "value is not valid",
  "values-not-exist-for-any": "values do not exist for any",
  "values-not-exist-for-one": "values do not exist for one",
  "length-out-of-range": "length is out of range",
  "size-out-of-range": "size is out of range",
};

const NOT_THERE = ["value-not-exists", "value does not exist"] as const;
const THERE = ["value-exists", "value exists"] as const;
const EMPTY = ["value-empty", "value is empty"] as const;

const jsonType = (value: unknown) => (Array.isArray(value) ? "array" : typeof value);

function mistyped(kind: Kind, place: string, expected: string, values: readonly unknown[], around = {}): void {
  for (const value of values) {
    const detail = `type is not ${expected}, but ${jsonType(value)}`;
    expectRefused(kind, { ...around, [place]: value }, place, `type-not-${expected}`, detail);
  }
}

/** Rows of a number: its bounds are inclusive, what is beyond and what is no number is refused. */
type NumberRow = [kind: Kind, place: string, min: number, max: number, around?: Record<string, unknown>];

function expectRange(expected: "float64" | "int", [kind, place, min, max, around = {}]: NumberRow): void {
  const step = expected === "int" ? 1 : 0.01;
  for (const value of [min, max]) expectAccepted(kind, { ...around, [place]: value });
  for (const value of [min - step, max + step]) {
    const detail = `value ${value} is not between ${min} and ${max}`;
    expectRefused(kind, { ...around, [place]: value }, place, "value-out-of-range", detail);
  }
  mistyped(kind, place, expected, ["0.5", true, { a: 1 }, [1]], around);
}

describe("numbers between bounds", () => {
  const gps = {
    "location/gps/latitude": { units: "degrees", value: 1 },
    "location/gps/longitude": { units: "degrees", value: 1 },
  };
  const measured = (name: string, units: string) => ({ ...gps, [`location/gps/${name}/units`]: units });
  const band = { "bgTarget/target": undefined };
  const carbohydrate = { "nutrition/carbohydrate/net": 1, "nutrition/carbohydrate/units": "grams" };

  test.each<NumberRow>([
    ["cannula", "volume", 0, 10],
    ["tubing", "volume", 0, 100],
    ["calibration", "value", 0, 1000],
    ["cbg", "value", 0, 1000],
    ["cbgMmol", "value", 0, 55],
    ["smbg", "value", 0, 55],
    ["trend", "trendRate", -100, 100],
    ["trendMmol", "trendRate", -5.5, 5.5],
    ["override", "basalRateScaleFactor", 0.1, 10],
    ["override", "carbRatioScaleFactor", 0.1, 10],
    ["override", "insulinSensitivityScaleFactor", 0.1, 10],
    ["targetOverride", "bgTarget/target", 0, 1000],
    ["targetOverride", "bgTarget/high", 100, 1000],
    ["targetOverride", "bgTarget/range", 0, 100],
    ["targetOverride", "bgTarget/range", 0, 40, { "bgTarget/target": 960 }],
    ["targetOverride", "bgTarget/low", 0, 1000, { ...band, "bgTarget/high": 1000 }],
    ["targetOverride", "bgTarget/high", 80, 1000, { ...band, "bgTarget/low": 80 }],
    ["targetOverride", "bgTarget/range", 0, 5, { "units/bg": "mmol/L", "bgTarget/target": 50 }],
    ["automatedBasal", "rate", 0, 100],
    ["scheduledBasal", "rate", 0, 100],
    ["tempBasal", "rate", 0, 100],
    ["tempBasal", "percent", 0, 10],
    ["suppressing", "suppressed/rate", 0, 100],
    ["suppressing", "suppressed/percent", 0, 10],
    ["suppressing", "suppressed/suppressed/rate", 0, 100],
    ["normal", "normal", 0, 100],
    ["normal", "expectedNormal", 0, 100, { normal: 0 }],
    ["normal", "normal", 0, 4, { expectedNormal: 4 }],
    ["square", "extended", 0, 100],
    ["square", "extended", 0, 4, { expectedExtended: 4, expectedDuration: 0 }],
    ["square", "expectedExtended", 0, 100, { extended: 0, expectedDuration: 0 }],
    ["dual", "normal", 0, 100],
    ["dual", "normal", 0, 4, { expectedNormal: 4 }],
    ["dual", "extended", 0, 4, { expectedExtended: 4, expectedDuration: 0 }],
    ["automatedBolus", "normal", 0, 100, { expectedNormal: 100 }],
    ["automatedBolus", "expectedNormal", 1, 100],
    [
      "simple",
      "insulinFormulation/simple/concentration/value",
      0,
      10_000,
      {
        "insulinFormulation/simple/concentration/units": "Units/mL",
      },
    ],
    ["food", "nutrition/carbohydrate/net", 0, 1000, carbohydrate],
    ["food", "nutrition/carbohydrate/total", 0, 1000, carbohydrate],
    ["food", "nutrition/carbohydrate/sugars", 0, 1000, carbohydrate],
    ["food", "nutrition/carbohydrate/dietaryFiber", 0, 1000, carbohydrate],
    ["food", "nutrition/fat/total", 0, 1000, { "nutrition/fat/units": "grams" }],
    ["food", "nutrition/protein/total", 0, 1000, { "nutrition/protein/units": "grams" }],
    ["food", "nutrition/energy/value", 0, 10_000, { "nutrition/energy/units": "kilocalories" }],
    ["food", "nutrition/energy/value", 0, 10_000_000, { "nutrition/energy/units": "calories" }],
    ["food", "nutrition/energy/value", 0, 41_858, { "nutrition/energy/units": "kilojoules" }],
    ["food", "nutrition/energy/value", 0, 41_858_000, { "nutrition/energy/units": "joules" }],
    ["wizard", "bgInput", 0, 1000],
    ["wizard", "bgInput", 0, 55, { units: "mmol/L" }],
    ["wizard", "insulinSensitivity", 0, 1000],
    ["wizard", "bgTarget/target", 0, 1000],
    ["wizard", "bgTarget/high", 5, 55, { units: "mmol/L", "bgTarget/target": 5 }],
    ["wizard", "carbInput", 0, 1000],
    ["wizard", "insulinCarbRatio", 0, 250],
    ["wizard", "insulinOnBoard", 0, 250],
    ["wizard", "recommended/carb", 0, 100],
    ["wizard", "recommended/correction", -100, 100],
    ["wizard", "recommended/net", -100, 100],
    ["cbg", "location/gps/latitude/value", -90, 90, gps],
    ["cbg", "location/gps/longitude/value", -180, 180, gps],
    ["cbg", "location/gps/elevation/value", -20_000, 1_000_000, measured("elevation", "meters")],
    ["cbg", "location/gps/elevation/value", -20_000 / 0.3048, 1_000_000 / 0.3048, measured("elevation", "feet")],
    ["cbg", "location/gps/horizontalAccuracy/value", 0, 1000, measured("horizontalAccuracy", "meters")],
    ["cbg", "location/gps/horizontalAccuracy/value", 0, 1000 / 0.3048, measured("horizontalAccuracy", "feet")],
    ["cbg", "location/gps/verticalAccuracy/value", 0, 1000, measured("verticalAccuracy", "meters")],
    ["cbg", "location/gps/verticalAccuracy/value", 0, 1000 / 0.3048, measured("verticalAccuracy", "feet")],
    ["pump", "basal/rateMaximum/value", 0, 100, { "basal/rateMaximum/units": "Units/hour" }],
    ["pump", "bolus/amountMaximum/value", 0, 100, { "bolus/amountMaximum/units": "Units" }],
    ["pump", "bolus/calculator/insulin/duration", 0, 24, { "bolus/calculator/insulin/units": "hours" }],
    ["pump", "bolus/calculator/insulin/duration", 0, 1440, { "bolus/calculator/insulin/units": "minutes" }],
    ["pump", "bolus/calculator/insulin/duration", 0, 86_400, { "bolus/calculator/insulin/units": "seconds" }],
    ["pump", "basalSchedule/0/rate", 0, 100, { basalSchedule: [{ start: 0 }] }],
    ["pump", "basalSchedules/Weekday/0/rate", 0, 100, { "basalSchedules/Weekday": [{ start: 0 }] }],
    ["pump", "carbRatio/0/amount", 0, 250, { carbRatio: [{ start: 0 }] }],
    ["pump", "carbRatios/a/0/amount", 0, 250, { "carbRatios/a": [{ start: 0 }] }],
    ["pump", "insulinSensitivity/0/amount", 0, 1000, { insulinSensitivity: [{ start: 0 }] }],
    [
      "pump",
      "insulinSensitivities/a/0/amount",
      0,
      55,
      {
        "units/bg": "mmol/L",
        "insulinSensitivities/a": [{ start: 0 }],
      },
    ],
    ["pump", "bgTarget/0/target", 0, 1000, { bgTarget: [{ start: 0 }] }],
    ["pump", "bgTargets/a/0/high", 120, 1000, { "bgTargets/a": [{ start: 0, target: 120 }] }],
  ])("%s %s", (...row) => expectRange("float64", row));

  test.each<NumberRow>([
    ["cbg", "timezoneOffset", -10_080, 10_080],
    ["cbg", "clockDriftOffset", -DAY, DAY],
    ["cbg", "location/gps/floor", -1000, 1000, gps],
    ["cbg", "sampleInterval", 0, DAY],
    ["override", "duration", 0, WEEK],
    ["override", "expectedDuration", 0, WEEK],
    ["override", "expectedDuration", 500, WEEK, { duration: 500 }],
    ["automatedBasal", "duration", 0, WEEK],
    ["scheduledBasal", "duration", 0, WEEK],
    ["suspendBasal", "duration", 0, WEEK],
    ["tempBasal", "duration", 0, WEEK],
    ["tempBasal", "expectedDuration", 500, WEEK, { duration: 500 }],
    ["square", "duration", 0, DAY],
    ["square", "duration", 0, 500, { expectedExtended: 1, expectedDuration: 500 }],
    ["square", "expectedDuration", 0, DAY, { expectedExtended: 1 }],
    ["dual", "duration", 0, DAY],
    ["food", "nutrition/estimatedAbsorptionDuration", 0, 86_400],
    ["pump", "basalSchedule/0/start", 0, DAY, { basalSchedule: [{ rate: 1 }] }],
    ["pump", "scheduleTimeZoneOffset", -10_080, 10_080],
  ])("%s %s, of whole numbers", (...row) => {
    expectRange("int", row);
    const [kind, place, , , around = {}] = row;
    mistyped(kind, place, "int", [0.5, -1e300], around);
  });

  test.each<[Kind, string, Record<string, unknown>?]>([
    ["compound", "insulinFormulation/compounds/0/amount"],
    ["food", "amount/value", { "amount/units": "slices" }],
  ])("%s %s is at least 0", (kind, place, around = {}) => {
    for (const value of [0, 1e9]) expectAccepted(kind, { ...around, [place]: value });
    const detail = "value -0.01 is not greater than or equal to 0";
    expectRefused(kind, { ...around, [place]: -0.01 }, place, "value-out-of-range", detail);
    mistyped(kind, place, "float64", ["1"], around);
  });

  test("durations of a status have no greatest value, and the expected one is not shorter", () => {
    for (const value of [0, Number.MAX_SAFE_INTEGER]) expectAccepted("status", { duration: value });
    const below = (value: number, least: number) => `value ${value} is not greater than or equal to ${least}`;
    expectRefused("status", { duration: -1 }, "duration", "value-out-of-range", below(-1, 0));
    expectAccepted("status", { duration: 7, expectedDuration: 7 });
    const shorter = { duration: 7, expectedDuration: 6 };
    expectRefused("status", shorter, "expectedDuration", "value-out-of-range", below(6, 7));
  });

  test("conversionOffset is any whole number", () => {
    for (const value of [-31_622_400_000, 0, 1e15]) expectAccepted("cbg", { conversionOffset: value });
    mistyped("cbg", "conversionOffset", "int", ["1", 0.5]);
  });

  test("a bound that is out of range itself bounds nothing else", () => {
    const errors = errorsOf(changed("normal", { normal: 50, expectedNormal: 100.5 }));
    expect(errors.map(({ source }) => source)).toEqual([{ pointer: "/0/expectedNormal" }]);
  });

  test.each<[Kind, string, Record<string, unknown>, string]>([
    [
      "cannula",
      "primeTarget",
      { primeTarget: "needle", volume: 5000 },
      'value "needle" is not one of ["cannula", "tubing"]',
    ],
    ["cbg", "units", { units: "mg", value: 5000 }, 'value "mg" is not one of ["mmol/L", "mmol/l", "mg/dL", "mg/dl"]'],
  ])("%s without a valid %s has only that error", (kind, place, changes, detail) => {
    expectRefused(kind, changes, place, "value-not-allowed", detail);
    expectRefused(kind, { ...changes, [place]: null }, place, ...NOT_THERE);
  });
});

describe("choices", () => {
  test.each<[Kind, string, string[], Record<string, unknown>?]>([
    [
      "alarm",
      "alarmType",
      [
        "auto_off",
        "low_insulin",
        "low_power",
        "no_delivery",
        "no_insulin",
        "no_power",
        "occlusion",
        "other",
        "over_limit",
      ],
    ],
    ["cannula", "primeTarget", ["cannula", "tubing"]],
    ["calibration", "units", ["mmol/L", "mmol/l", "mg/dL", "mg/dl"], { value: 5 }],
    ["cbg", "units", ["mmol/L", "mmol/l", "mg/dL", "mg/dl"], { value: 5 }],
    ["smbg", "units", ["mmol/L", "mmol/l", "mg/dL", "mg/dl"], { value: 5 }],
    ["wizard", "units", ["mmol/L", "mmol/l", "mg/dL", "mg/dl"]],
    ["override", "overrideType", ["custom", "physicalActivity", "preprandial", "sleep"]],
    ["override", "method", ["automatic", "manual"]],
    ["targetOverride", "units/bg", ["mmol/L", "mmol/l", "mg/dL", "mg/dl"], { "bgTarget/target": 5 }],
    ["status", "status", ["resumed", "suspended"]],
    ["timeChange", "method", ["automatic", "manual"]],
    ["oldTimeChange", "change/agent", ["automatic", "manual"]],
    ["cbg", "trend", ["constant", "slowFall", "slowRise", "moderateFall", "moderateRise", "rapidFall", "rapidRise"]],
    ["trend", "trendRateUnits", ["mmol/L/minute", "mg/dL/minute"]],
    ["smbg", "subType", ["linked", "manual", "scanned"]],
    ["normal", "deliveryContext", ["algorithm", "device", "oneButton", "remote", "undetermined", "watch"]],
    ["square", "deliveryContext", ["algorithm", "device", "oneButton", "remote", "undetermined", "watch"]],
    ["simple", "insulinFormulation/simple/actingType", ["intermediate", "long", "rapid", "short"]],
    ["food", "meal", ["breakfast", "dinner", "lunch", "snack"]],
    ["wizard", "carbUnits", ["grams", "exchanges"]],
    ["pump", "units/carb", ["grams", "exchanges"]],
    ["pump", "display/bloodGlucose/units", ["mg/dL", "mmol/L"]],
    ["pump", "basal/temporary/type", ["off", "percent", "Units/hour"]],
    ["cbg", "origin/type", ["application", "device", "manual", "service"]],
    ["food", "nutrition/carbohydrate/units", ["grams"], { "nutrition/carbohydrate/net": 1 }],
    [
      "food",
      "nutrition/energy/units",
      ["calories", "joules", "kilocalories", "kilojoules"],
      {
        "nutrition/energy/value": 1,
      },
    ],
    ["food", "nutrition/fat/units", ["grams"], { "nutrition/fat/total": 1 }],
    ["food", "nutrition/protein/units", ["grams"], { "nutrition/protein/total": 1 }],
  ])("%s %s", (kind, place, values, around = {}) => {
    for (const value of values) expectAccepted(kind, { ...around, [place]: value });
    mistyped(kind, place, "string", [7, false, [values[0]], {}], around);
    if (place === "overrideType" || place === "meal") return;
    for (const value of ["Nope", values[0]!.toUpperCase() + "!", ""]) {
      const detail = `value "${value}" is not one of [${values.map((one) => `"${one}"`).join(", ")}]`;
      expectRefused(kind, { ...around, [place]: value }, place, "value-not-allowed", detail);
    }
  });

  test("source is carelink only", () => {
    expectAccepted("cbg", { source: "carelink" });
    const detail = 'value "Carelink" is not equal to "carelink"';
    expectRefused("cbg", { source: "Carelink" }, "source", "value-out-of-range", detail);
    mistyped("cbg", "source", "string", [7]);
  });

  test.each<[Kind, string, Record<string, unknown>?]>([
    ["cbg", "backfilled"],
    ["pump", "automatedDelivery"],
    ["pump", "bolus/calculator/enabled"],
    ["pump", "bolus/extended/enabled"],
  ])("%s %s is a boolean", (kind, place) => {
    for (const value of [true, false]) expectAccepted(kind, { [place]: value });
    mistyped(kind, place, "bool", ["true", 1, [], {}]);
  });
});

describe("what must be there", () => {
  test.each<[Kind, string, Record<string, unknown>?]>([
    ["cbg", "time"],
    ["alarm", "alarmType"],
    ["calibration", "units"],
    ["calibration", "value"],
    ["cannula", "primeTarget"],
    ["cannula", "volume"],
    ["tubing", "volume"],
    ["override", "overrideType"],
    ["preset", "overridePreset"],
    ["targetOverride", "units"],
    ["status", "status"],
    ["status", "reason"],
    ["timeChange", "to", { method: "manual" }],
    ["timeChange", "to", { from: { time: "2024-05-01T13:15:30" } }],
    ["oldTimeChange", "change/from"],
    ["oldTimeChange", "change/to"],
    ["oldTimeChange", "change/agent"],
    ["cbg", "units"],
    ["cbg", "value"],
    ["trend", "trendRateUnits"],
    ["smbg", "units"],
    ["smbg", "value"],
    ["automatedBasal", "duration"],
    ["automatedBasal", "rate"],
    ["scheduledBasal", "duration"],
    ["scheduledBasal", "rate"],
    ["suspendBasal", "duration"],
    ["tempBasal", "duration"],
    ["tempBasal", "rate"],
    ["suppressing", "suppressed/rate"],
    ["suppressing", "suppressed/type"],
    ["suppressing", "suppressed/deliveryType"],
    ["suppressing", "suppressed/suppressed/rate"],
    ["normal", "normal"],
    ["square", "extended"],
    ["square", "duration"],
    ["square", "expectedDuration", { expectedExtended: 4 }],
    ["dual", "normal"],
    ["dual", "extended"],
    ["dual", "duration"],
    ["dual", "expectedDuration", { expectedExtended: 4 }],
    ["automatedBolus", "normal"],
    ["automatedBolus", "expectedNormal", { normal: 0 }],
    ["simple", "insulinFormulation/simple/actingType"],
    ["compound", "insulinFormulation/compounds/0/amount"],
    ["compound", "insulinFormulation/compounds/0/formulation"],
    ["meal", "mealOther"],
    ["food", "amount/units", { "amount/value": 1 }],
    ["food", "amount/value", { "amount/units": "g" }],
    ["food", "nutrition/carbohydrate/net", { "nutrition/carbohydrate/units": "grams" }],
    ["food", "nutrition/carbohydrate/units", { "nutrition/carbohydrate/net": 1 }],
    ["food", "nutrition/energy/value", { "nutrition/energy/units": "joules" }],
    ["food", "nutrition/energy/units", { "nutrition/energy/value": 1 }],
    ["food", "nutrition/fat/total", { "nutrition/fat/units": "grams" }],
    ["food", "nutrition/protein/units", { "nutrition/protein/total": 1 }],
    ["wizard", "units"],
    ["pump", "units", { bgTarget: [{ start: 0, target: 100 }] }],
    ["pump", "units", { "bgTargets/a": [{ start: 0, target: 100 }] }],
    ["pump", "units", { insulinSensitivity: [{ start: 0, amount: 100 }] }],
    ["pump", "units", { "insulinSensitivities/a": [{ start: 0, amount: 100 }] }],
    ["pump", "units/bg"],
    ["pump", "basalSchedule/0/start", { basalSchedule: [{ rate: 1 }] }],
    ["pump", "carbRatio/0/amount", { carbRatio: [{ start: 1 }] }],
    ["cbg", "location/gps/latitude", { "location/gps/longitude": { units: "degrees", value: 1 } }],
    ["cbg", "location/gps/longitude", { "location/gps/latitude": { units: "degrees", value: 1 } }],
    ["cbg", "associations/0/type", { associations: [{ id: "0".repeat(32) }] }],
    ["cbg", "associations/0/id", { associations: [{ type: "blob" }] }],
    ["cbg", "associations/0/id", { associations: [{ type: "datum" }] }],
    ["cbg", "associations/0/id", { associations: [{ type: "image" }] }],
    ["cbg", "associations/0/url", { associations: [{ type: "url" }] }],
    ["targetOverride", "bgTarget/high", { bgTarget: { low: 80 } }],
    ["targetOverride", "bgTarget/low", { bgTarget: { high: 80 } }],
    ["targetOverride", "bgTarget/target", { bgTarget: {} }],
    ["targetOverride", "bgTarget/target", { bgTarget: { range: 10 } }],
  ])("%s %s", (kind, place, around = {}) => {
    for (const value of [undefined, null]) expectRefused(kind, { ...around, [place]: value }, place, ...NOT_THERE);
  });
});

describe("what must not be there", () => {
  const local = "2024-05-01T13:15:30";
  test.each<[Kind, string, Record<string, unknown>]>([
    ["override", "overridePreset", { overridePreset: "Run" }],
    ["override", "units", { units: { bg: "mg/dL" } }],
    ["timeChange", "change", { change: { from: local, to: local, agent: "manual" } }],
    ["oldTimeChange", "change", { method: "manual", to: { time: local } }],
    ["oldTimeChange", "change", { from: { time: local }, to: { time: local } }],
    ["cbg", "trendRateUnits", { trendRateUnits: "mg/dL/minute" }],
    ["square", "expectedDuration", { expectedDuration: 500 }],
    ["dual", "expectedDuration", { expectedDuration: 500 }],
    [
      "simple",
      "insulinFormulation/compounds",
      {
        "insulinFormulation/compounds": [{ amount: 1, formulation: { name: "A" } }],
      },
    ],
    ["food", "mealOther", { mealOther: "Brunch" }],
    ["food", "mealOther", { meal: "lunch", mealOther: "Brunch" }],
    ["cbg", "associations/0/url", { associations: [{ type: "blob", id: "0".repeat(32), url: "https://a.test/" }] }],
    ["cbg", "associations/0/id", { associations: [{ type: "url", id: "0".repeat(32), url: "https://a.test/" }] }],
    ["targetOverride", "bgTarget/low", { "bgTarget/low": 80 }],
    ["targetOverride", "bgTarget/high", { "bgTarget/high": 180, "bgTarget/range": 10 }],
    ["targetOverride", "bgTarget/range", { bgTarget: { low: 80, high: 180, range: 10 } }],
    ["pump", "basalSchedule", { basalSchedule: [{ start: 0, rate: 1 }], "basalSchedules/a": [{ start: 0, rate: 1 }] }],
    ["pump", "carbRatio", { carbRatio: [{ start: 0, amount: 1 }], "carbRatios/a": [{ start: 0, amount: 1 }] }],
    ["pump", "bgTarget", { bgTarget: [{ start: 0, target: 1 }], "bgTargets/a": [{ start: 0, target: 1 }] }],
    [
      "pump",
      "insulinSensitivity",
      {
        insulinSensitivity: [{ start: 0, amount: 1 }],
        "insulinSensitivities/a": [{ start: 0, amount: 1 }],
      },
    ],
  ])("%s %s", (kind, place, changes) => expectRefused(kind, changes, place, ...THERE));
});

describe("at least one of several", () => {
  test.each<[Kind, string, Record<string, unknown>, string]>([
    ["cbg", "location", { location: {} }, '["gps", "name"]'],
    ["timeChange", "to", { to: {} }, '["time", "timeZoneName"]'],
    ["timeChange", "from", { from: { other: 1 } }, '["time", "timeZoneName"]'],
    ["simple", "insulinFormulation", { insulinFormulation: {} }, '["compounds", "name", "simple"]'],
  ])("%s %s", (kind, place, changes, names) => {
    const detail = `values do not exist for any of ${names}`;
    expectRefused(kind, changes, place, "values-not-exist-for-any", detail);
  });

  test("a time change of neither form is refused as a whole", () => {
    expect(errorsOf(changed("timeChange", { to: undefined }))).toEqual([
      {
        code: "values-not-exist-for-one",
        title: "values do not exist for one",
        detail: 'values do not exist for one of ["to", "change"]',
        source: { pointer: "/0" },
        meta: { type: "deviceEvent", subType: "timeChange" },
      },
    ]);
  });
});

describe("texts", () => {
  test.each<[Kind, string, number, Record<string, unknown>?]>([
    ["cbg", "deviceId", 4096],
    ["cbg", "notes/0", 1000, { notes: ["a"] }],
    ["cbg", "tags/0", 100, { tags: ["a"] }],
    ["cbg", "origin/id", 100],
    ["cbg", "origin/name", 100],
    ["cbg", "origin/version", 100],
    ["cbg", "associations/0/reason", 1000, { associations: [{ type: "blob", id: "0".repeat(32) }] }],
    ["cbg", "location/name", 100],
    ["preset", "overridePreset", 100],
    ["automatedBasal", "scheduleName", 1000],
    ["scheduledBasal", "scheduleName", 4096],
    ["suppressing", "suppressed/suppressed/scheduleName", 4096],
    ["normal", "insulinFormulation/name", 100],
    ["simple", "insulinFormulation/simple/brand", 100],
    ["food", "name", 100],
    ["food", "brand", 100],
    ["food", "code", 100],
    ["food", "amount/units", 100, { "amount/value": 1 }],
    ["food", "ingredients/0/name", 100, { ingredients: [{}] }],
    ["food", "ingredients/0/brand", 100, { ingredients: [{}] }],
    ["food", "ingredients/0/code", 100, { ingredients: [{}] }],
    ["meal", "mealOther", 100],
    ["pump", "activeSchedule", 4096],
    ["pump", "manufacturers/0", 100, { manufacturers: ["a"] }],
    ["pump", "model", 100],
    ["pump", "name", 100],
    ["pump", "serialNumber", 100],
    ["pump", "firmwareVersion", 100],
    ["pump", "hardwareVersion", 100],
    ["pump", "softwareVersion", 100],
  ])("%s %s has 1 to %i code points", (kind, place, max, around = {}) => {
    for (const text of ["x", "𝄞".repeat(max)]) expectAccepted(kind, { ...around, [place]: text });
    const detail = `length ${max + 1} is not less than or equal to ${max}`;
    expectRefused(kind, { ...around, [place]: "𝄞".repeat(max + 1) }, place, "length-out-of-range", detail);
    expectRefused(kind, { ...around, [place]: "" }, place, ...EMPTY);
    for (const text of ["a\u0000b", "\ud834"]) {
      const notText = `value ${JSON.stringify(text)} is not valid as text`;
      expectRefused(kind, { ...around, [place]: text }, place, "value-not-valid", notText);
    }
    mistyped(kind, place, "string", [7, true, {}, []], around);
  });

  const invalid = (kind: Kind, place: string, text: string, ending: string, around = {}) => {
    const detail = `value ${JSON.stringify(text)} is not valid ${ending}`;
    expectRefused(kind, { ...around, [place]: text }, place, "value-not-valid", detail);
  };

  test("id is 32 digits and lower-case letters", () => {
    for (const id of ["0123456789abcdefghijklmnopqrstuv", "z".repeat(32)]) expectAccepted("cbg", { id });
    for (const id of ["a".repeat(31), "A".repeat(32), "-".repeat(32)]) invalid("cbg", "id", id, "as data id");
    expectRefused("cbg", { id: "" }, "id", ...EMPTY);
    mistyped("cbg", "id", "string", [7]);
  });

  test("guid is a UUID of version 4 in lower case", () => {
    expectAccepted("cbg", { guid: "00000000-0000-4000-8000-000000000000" });
    for (const guid of [
      "00000000-0000-1000-8000-000000000000",
      "00000000-0000-4000-c000-000000000000",
      "0000000000004000800000000000000",
      "0000000A-0000-4000-8000-000000000000",
    ]) {
      invalid("cbg", "guid", guid, "as guid");
    }
  });

  test("url is absolute, with a host, and has at most 2047 characters", () => {
    const around = { associations: [{ type: "url" }] };
    const place = "associations/0/url";
    const longest = `https://a.test/${"a".repeat(2047 - "https://a.test/".length)}`;
    for (const url of ["https://a.test/b?c=d", longest]) expectAccepted("cbg", { ...around, [place]: url });
    for (const url of ["a.test/b", "/b", "mailto:a@b.test", "https://", "https://a.test/ b"]) {
      invalid("cbg", place, url, "as url", around);
    }
    const detail = "length 2048 is not less than or equal to 2047";
    expectRefused("cbg", { ...around, [place]: `${longest}a` }, place, "length-out-of-range", detail);
  });

  test("the id of an association has the form of data ids", () => {
    const around = { associations: [{ type: "datum" }] };
    invalid("cbg", "associations/0/id", "a", "as data id", around);
  });

  test("timezone is the name of a zone, links included", () => {
    for (const timezone of ["US/Pacific", "Europe/Berlin", "UTC", "Etc/GMT+1"]) expectAccepted("cbg", { timezone });
    for (const timezone of ["Mars/Base", "+01:00", "a".repeat(100)])
      invalid("cbg", "timezone", timezone, "time zone name");
    expectRefused("cbg", { timezone: "" }, "timezone", ...EMPTY);
    mistyped("cbg", "timezone", "string", [7]);
    const place = "to/timeZoneName";
    expectAccepted("timeChange", { [place]: "US/Pacific" });
    invalid("timeChange", place, "Mars/Base", "time zone name");
  });

  test.each<[Kind, string, Record<string, unknown>?]>([
    ["cbg", "deviceTime"],
    ["timeChange", "to/time"],
    ["timeChange", "from/time"],
    ["oldTimeChange", "change/from"],
    ["oldTimeChange", "change/to"],
  ])("%s %s is a local time", (kind, place) => {
    for (const time of ["2024-02-29T23:59:59", "2024-05-01T13:15:30.5"]) expectAccepted(kind, { [place]: time });
    for (const time of [
      "2024-05-01T13:15:30Z",
      "2023-02-29T00:00:00",
      "2024-05-01 13:15:30",
      "2024-05-01T24:00:00",
      "",
    ]) {
      invalid(kind, place, time, 'as time with layout "2006-01-02T15:04:05"');
    }
    mistyped(kind, place, "string", [7]);
  });

  test("the time of an origin is an instant, kept as text", () => {
    const time = "2024-05-01T13:15:30.120-07:00";
    expect(read(changed("cbg", { "origin/time": time }))).toMatchObject({ data: [{ originTime: time }] });
    const layout = 'as time with layout "2006-01-02T15:04:05.999999999Z07:00"';
    invalid("cbg", "origin/time", "2024-05-01T13:15:30", layout);
    expectRefused("cbg", { "origin/time": NEVER }, "origin/time", ...EMPTY);
    mistyped("cbg", "origin/time", "string", [7]);
  });

  test("time is an instant", () => {
    for (const time of ["2024-05-01T20:15:30Z", TIME, "2024-05-01T20:15:30.123456789Z"])
      expectAccepted("cbg", { time });
    for (const time of ["2024-05-01T20:15:30", "2024-05-01", "", "2016-12-31T23:59:60Z", "2023-02-29T00:00:00Z"]) {
      const detail = `value "${time}" is not a parsable time of format "2006-01-02T15:04:05.999999999Z07:00"`;
      expectRefused("cbg", { time }, "time", "value-not-parsable", detail);
    }
    for (const time of [NEVER, "0001-01-01T01:00:00+01:00"]) expectRefused("cbg", { time }, "time", ...EMPTY);
    mistyped("cbg", "time", "time", [7, true, {}, []]);
  });
});

describe("lists", () => {
  const repeated = (item: unknown, count: number) => Array.from({ length: count }, () => item);
  const named = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);

  test.each<[Kind, string, (count: number) => unknown[]]>([
    ["cbg", "annotations", (count) => repeated({ code: "a" }, count)],
    ["cbg", "associations", (count) => repeated({ type: "blob", id: "0".repeat(32) }, count)],
    ["cbg", "tags", named],
    ["suppressing", "suppressed/annotations", (count) => repeated({ code: "a" }, count)],
    ["food", "ingredients", (count) => repeated({}, count)],
    ["food", "ingredients/0/ingredients", (count) => repeated({}, count)],
    ["compound", "insulinFormulation/compounds", (count) => repeated({ amount: 1, formulation: { name: "A" } }, count)],
    ["pump", "manufacturers", named],
    ["pump", "basalSchedule", (count) => repeated({ start: 0, rate: 1 }, count)],
    ["pump", "basalSchedules/a", (count) => repeated({ start: 0, rate: 1 }, count)],
  ])("%s %s has 1 to 100 items", (kind, place, items) => {
    const around = place.startsWith("ingredients/") ? { ingredients: [{}] } : {};
    for (const count of [1, 100]) expectAccepted(kind, { ...around, [place]: items(count) });
    expectRefused(kind, { ...around, [place]: [] }, place, ...EMPTY);
    const detail = "length 101 is not less than or equal to 100";
    expectRefused(kind, { ...around, [place]: items(101) }, place, "length-out-of-range", detail);
    mistyped(kind, place, "array", ["a", 7, true, {}], around);
  });

  test("notes are up to 100, and none are as if they were not sent", () => {
    expectAccepted("cbg", { notes: repeated("a", 100) });
    const detail = "length 101 is not less than or equal to 100";
    expectRefused("cbg", { notes: repeated("a", 101) }, "notes", "length-out-of-range", detail);
    const result = read(changed("cbg", { notes: [] }));
    expect("data" in result && "notes" in result.data[0]!.fields).toBe(false);
  });

  test("tags and manufacturers are unique: the later one is the error", () => {
    const duplicate = ["value-duplicate", "value is a duplicate"] as const;
    expectRefused("cbg", { tags: ["a", "b", "a"] }, "tags/2", ...duplicate);
    expectRefused("pump", { manufacturers: ["a", "a"] }, "manufacturers/1", ...duplicate);
  });

  test("tags are sorted by code point", () => {
    const result = read(changed("cbg", { tags: ["b", "𝄞", "\uffff", "a", "ab", "B"] }));
    expect(result).toMatchObject({ data: [{ fields: { tags: ["B", "a", "ab", "b", "\uffff", "𝄞"] } }] });
  });

  test("null among texts is an empty text, null among objects is missing, other types are errors", () => {
    expectRefused("cbg", { notes: ["a", null] }, "notes/1", ...EMPTY);
    expectRefused("cbg", { tags: [null] }, "tags/0", ...EMPTY);
    expectRefused("cbg", { associations: [null] }, "associations/0", ...NOT_THERE);
    expectRefused("cbg", { annotations: [{ a: 1 }, null] }, "annotations/1", ...NOT_THERE);
    expectRefused("cbg", { notes: ["a", 7] }, "notes/1", "type-not-string", "type is not string, but number");
    expectRefused("cbg", { annotations: ["a"] }, "annotations/0", "type-not-object", "type is not object, but string");
  });
});

describe("free content", () => {
  test.each<[Kind, string, Record<string, unknown>?]>([
    ["cbg", "payload"],
    ["cbg", "origin/payload"],
    ["cbg", "annotations/0", { annotations: [{}] }],
    ["status", "reason"],
  ])("%s %s is an object of 1 to 4096 bytes of content", (kind, place, around = {}) => {
    const sized = (bytes: number) => ({ a: "é".repeat((bytes - '{"a":""}'.length) / 2) });
    for (const value of [{ a: null }, { a: { b: [1] } }, sized(4096)])
      expectAccepted(kind, { ...around, [place]: value });
    const detail = "size 4098 is not less than or equal to 4096";
    expectRefused(kind, { ...around, [place]: sized(4098) }, place, "size-out-of-range", detail);
    expectRefused(kind, { ...around, [place]: {} }, place, ...EMPTY);
    mistyped(kind, place, "object", ["a", 7, true, []], around);
  });

  test("content too deep to be written is too large", () => {
    let deep: unknown = {};
    for (let level = 0; level < 100_000; level++) deep = { a: deep };
    expect(errorsOf({ ...changed("cbg", {}), payload: deep })).toMatchObject([{ code: "size-out-of-range" }]);
  });
});

describe("objects", () => {
  test.each<[Kind, string]>([
    ["cbg", "location"],
    ["cbg", "location/gps"],
    ["cbg", "origin"],
    ["targetOverride", "bgTarget"],
    ["timeChange", "to"],
    ["oldTimeChange", "change"],
    ["suppressing", "suppressed"],
    ["normal", "insulinFormulation"],
    ["simple", "insulinFormulation/simple"],
    ["food", "amount"],
    ["food", "nutrition"],
    ["food", "nutrition/fat"],
    ["wizard", "recommended"],
    ["wizard", "bolus"],
    ["alarm", "status"],
    ["reservoir", "status"],
    ["pump", "units"],
    ["pump", "basalSchedules"],
    ["pump", "bolus/calculator"],
  ])("%s %s", (kind, place) => mistyped(kind, place, "object", ["a", 7, true, []]));

  test("schedules by name: 1 to 100, with names of 1 to 100 characters", () => {
    const schedule = [{ start: 0, rate: 1 }];
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, schedule]));
    expectAccepted("pump", { basalSchedules: many(100) });
    const tooMany = "length 101 is not less than or equal to 100";
    expectRefused("pump", { basalSchedules: many(101) }, "basalSchedules", "length-out-of-range", tooMany);
    expectRefused("pump", { basalSchedules: {} }, "basalSchedules", ...EMPTY);
    expectRefused("pump", { basalSchedules: { "": schedule } }, "basalSchedules/", ...EMPTY);
    const long = "n".repeat(101);
    expectRefused(
      "pump",
      { basalSchedules: { [long]: schedule } },
      `basalSchedules/${long}`,
      "length-out-of-range",
      tooMany,
    );
    const wrong = { "a/b~c": [{ start: 0, rate: "1" }] };
    const detail = "type is not float64, but string";
    expectRefused("pump", { basalSchedules: wrong }, "basalSchedules/a~1b~0c/0/rate", "type-not-float64", detail);
  });

  test("a schedule may have any name", () => {
    const body = JSON.parse(
      `[{"type":"pumpSettings","time":"${TIME}","basalSchedules":{"__proto__":[{"start":0,"rate":1}]}}]`,
    );
    const result = readBatch(body, { newId: () => "0".repeat(32) });
    expect(JSON.stringify(result)).toContain('"__proto__":[{"start":0,"rate":1}]');
  });
});

describe("levels", () => {
  const ingredients = (levels: number): unknown =>
    levels === 0 ? undefined : [{ ingredients: ingredients(levels - 1) }];
  const compounds = (levels: number): unknown =>
    levels === 0 ? { name: "A" } : { compounds: [{ amount: 1, formulation: compounds(levels - 1) }] };

  test("ingredients have at most eight", () => {
    expectAccepted("food", { ingredients: ingredients(8) });
    const place = `${"ingredients/0/".repeat(8)}ingredients`;
    expectRefused("food", { ingredients: ingredients(9) }, place, ...THERE);
  });

  test("formulations have at most eight", () => {
    expectAccepted("normal", { insulinFormulation: compounds(7) });
    const place = `insulinFormulation/${"compounds/0/formulation/".repeat(7)}compounds`;
    expectRefused("normal", { insulinFormulation: compounds(8) }, place, ...THERE);
  });
});

describe("suppressed basals", () => {
  const suppressed = (deliveryType: string, inner?: unknown) => ({
    type: "basal",
    deliveryType,
    rate: 1,
    ...(inner !== undefined && { suppressed: inner }),
  });

  test.each<[Kind, string[]]>([
    ["automatedBasal", ["scheduled"]],
    ["tempBasal", ["automated", "scheduled"]],
    ["suspendBasal", ["automated", "scheduled", "temp"]],
  ])("%s may suppress %j", (kind, allowed) => {
    for (const one of ["automated", "scheduled", "temp", "suspend"]) {
      if (allowed.includes(one)) {
        expectAccepted(kind, { suppressed: suppressed(one) });
      } else {
        const detail = `value "${one}" is not one of [${allowed.map((it) => `"${it}"`).join(", ")}]`;
        const place = "suppressed/deliveryType";
        expectRefused(kind, { suppressed: suppressed(one) }, place, "value-not-allowed", detail);
      }
    }
  });

  test("chains are kept whole", () => {
    const chain = suppressed("temp", suppressed("automated", suppressed("scheduled")));
    expect(read(changed("suspendBasal", { suppressed: chain }))).toMatchObject({
      data: [{ fields: { suppressed: chain } }],
    });
  });

  test("a scheduled basal suppresses nothing", () => {
    const result = read(changed("scheduledBasal", { suppressed: suppressed("temp") }));
    expect("data" in result && "suppressed" in result.data[0]!.fields).toBe(false);
  });

  test("another type is none", () => {
    const detail = 'value "bolus" is not one of ["basal"]';
    expectRefused("suppressing", { "suppressed/type": "bolus" }, "suppressed/type", "value-not-allowed", detail);
  });
});
