import { BASE_FIELDS } from "./common-fields.ts";
import {
  absent,
  boolean,
  both,
  choice,
  embedded,
  type Field,
  type Fields,
  forbidden,
  free,
  glucose,
  glucoseUnits,
  integer,
  is,
  list,
  localTime,
  map,
  name,
  number,
  object,
  type ObjectField,
  onlyIf,
  present,
  quantity,
  rateUnits,
  required,
  text,
  type UnitsPath,
  type VariantsField,
  variants,
  when,
  zone,
} from "./fields.ts";

const SECONDS_PER_DAY = 86_400;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

const AUTOMATIC_OR_MANUAL = choice("automatic", "manual");

/**
 * A glucose target: {target}, {target, range}, {target, high} or {low, high}, in the datum's unit.
 */
const targetFields = (unitsAt: UnitsPath): Fields => {
  const isBand = both(absent("target"), present("low", "high"));
  return {
    target: when({ required: absent("low", "high") }, glucose(unitsAt)),
    range: when({ forbidden: isBand }, glucose(unitsAt, { around: "target" })),
    low: when({ required: isBand, forbidden: present("target") }, glucose(unitsAt)),
    high: when(
      { required: isBand, forbidden: both(present("target"), present("range")) },
      glucose(unitsAt, { atLeast: ["target", "low"] }),
    ),
  };
};

// Insulin

const CONCENTRATION = quantity({ "Units/mL": { min: 0, max: 10_000 } });

const simpleInsulin = object({
  actingType: required(choice("intermediate", "long", "rapid", "short")),
  brand: name,
  concentration: CONCENTRATION,
});

/** Levels of compounds; our choice. */
const COMPOUND_LEVELS_MAX = 8;

/** `levels`: how deep it may be nested from here on. */
const insulinFormulation = (levels = COMPOUND_LEVELS_MAX): Field =>
  object(
    {
      name,
      simple: simpleInsulin,
      compounds:
        levels === 1
          ? forbidden
          : when(
              { forbidden: present("simple") },
              list(
                object({ amount: required(number({ min: 0 })), formulation: required(insulinFormulation(levels - 1)) }),
              ),
            ),
    },
    {
      any: ["compounds", "name", "simple"],
      ...(levels === COMPOUND_LEVELS_MAX && { name: "insulinFormulation" }),
    },
  );

const formulation = insulinFormulation();

// basal

const rate = required(number({ min: 0, max: 100 }));
const percent = number({ min: 0, max: 10 });
const scheduleName = text();
const automatedScheduleName = text({ max: 1000 });

/** What a basal says of its delivery, by delivery type; the same where it is suppressed. */
const DELIVERED: Readonly<Record<string, Fields>> = {
  automated: { rate, scheduleName: automatedScheduleName, insulinFormulation: formulation },
  scheduled: { rate, scheduleName, insulinFormulation: formulation },
  suspend: {},
  temp: { rate, percent, insulinFormulation: formulation },
};

/** Which delivery types each may suppress: each less than itself, so that no chain has more than three. */
const SUPPRESSIBLE: Readonly<Record<string, readonly string[]>> = {
  automated: ["scheduled"],
  suspend: ["automated", "scheduled", "temp"],
  temp: ["automated", "scheduled"],
};

const suppressedBy = (deliveryType: string): Fields => {
  const allowed = SUPPRESSIBLE[deliveryType];
  if (!allowed) return {};
  const inner = allowed.map((one) => [
    one,
    object({ ...DELIVERED[one], annotations: BASE_FIELDS.annotations, ...suppressedBy(one) }),
  ]);
  const of = Object.fromEntries(inner) as Record<string, ObjectField>;
  return { suppressed: variants("basal", "deliveryType", of, { name: "suppressed" }) };
};

const basalOf = (deliveryType: string): ObjectField =>
  object({
    duration: required(integer({ min: 0, max: WEEK_MS })),
    expectedDuration: integer({ min: 0, max: WEEK_MS, atLeast: "duration" }),
    ...DELIVERED[deliveryType],
    ...suppressedBy(deliveryType),
  });

const basal = variants("basal", "deliveryType", {
  automated: basalOf("automated"),
  scheduled: basalOf("scheduled"),
  suspend: basalOf("suspend"),
  temp: basalOf("temp"),
});

// bolus

const BOLUS_UNITS = { min: 0, max: 100 };

const bolusOf = (own: Fields): ObjectField =>
  object({
    ...own,
    deliveryContext: choice("algorithm", "device", "oneButton", "remote", "undetermined", "watch"),
    insulinFormulation: formulation,
  });
const normalFields = {
  normal: required(number({ ...BOLUS_UNITS, atMost: "expectedNormal" })),
  expectedNormal: number(BOLUS_UNITS),
};
const extendedFields = {
  extended: required(number({ ...BOLUS_UNITS, atMost: "expectedExtended" })),
  expectedExtended: number(BOLUS_UNITS),
  duration: required(integer({ min: 0, max: DAY_MS, atMost: "expectedDuration" })),
  expectedDuration: onlyIf(present("expectedExtended"), integer({ min: 0, max: DAY_MS })),
};

const bolus = variants("bolus", "subType", {
  normal: bolusOf(normalFields),
  square: bolusOf(extendedFields),
  "dual/square": bolusOf({ ...normalFields, ...extendedFields }),
  automated: bolusOf({
    normal: required(number(BOLUS_UNITS)),
    expectedNormal: when({ required: is("normal", 0) }, number({ ...BOLUS_UNITS, atLeast: "normal" })),
  }),
});

// cbg, smbg

const glucoseFields: Fields = { units: required(glucoseUnits), value: required(glucose("units")) };

const cbg = object({
  ...glucoseFields,
  trend: choice("constant", "slowFall", "slowRise", "moderateFall", "moderateRise", "rapidFall", "rapidRise"),
  trendRate: glucose("trendRateUnits"),
  trendRateUnits: onlyIf(present("trendRate"), rateUnits),
  sampleInterval: integer({ min: 0, max: DAY_MS }),
  backfilled: boolean,
});

const smbg = object({ ...glucoseFields, subType: choice("linked", "manual", "scanned") });

// deviceEvent

/** Insulin units a prime can need. The published bounds; a volume in hundredths is beyond them. */
const CANNULA_VOLUME = { min: 0, max: 10 };
const TUBING_VOLUME = { min: 0, max: 100 };

const localChange = object({ time: localTime, timeZoneName: zone }, { any: ["time", "timeZoneName"] });

const embeddedStatus = embedded("deviceEvent", ["status"]);
const scaleFactor = number({ min: 0.1, max: 10 });

const ALARMS = [
  "auto_off",
  "low_insulin",
  "low_power",
  "no_delivery",
  "no_insulin",
  "no_power",
  "occlusion",
  "other",
  "over_limit",
];

const deviceEvent = variants("deviceEvent", "subType", {
  alarm: object({ alarmType: required(choice(...ALARMS)), status: embeddedStatus }),
  calibration: object(glucoseFields),
  prime: object({
    primeTarget: required(choice("cannula", "tubing")),
    volume: required(number({ ranges: { by: "primeTarget", of: { cannula: CANNULA_VOLUME, tubing: TUBING_VOLUME } } })),
  }),
  pumpSettingsOverride: object({
    overrideType: required(choice("custom", "physicalActivity", "preprandial", "preset", "sleep")),
    overridePreset: onlyIf(is("overrideType", "preset"), name),
    method: AUTOMATIC_OR_MANUAL,
    duration: integer({ min: 0, max: WEEK_MS }),
    expectedDuration: integer({ min: 0, max: WEEK_MS, atLeast: "duration" }),
    bgTarget: object(targetFields("units.bg")),
    basalRateScaleFactor: scaleFactor,
    carbRatioScaleFactor: scaleFactor,
    insulinSensitivityScaleFactor: scaleFactor,
    units: onlyIf(present("bgTarget"), object({ bg: required(glucoseUnits) })),
  }),
  reservoirChange: object({ status: embeddedStatus }),
  status: object({
    status: required(choice("resumed", "suspended")),
    duration: integer({ min: 0 }),
    expectedDuration: integer({ min: 0, atLeast: "duration" }),
    reason: required(free),
  }),
  timeChange: object(
    {
      from: localChange,
      to: when({ required: present("from", "method") }, localChange),
      method: AUTOMATIC_OR_MANUAL,
      change: when(
        { forbidden: present("from", "method", "to") },
        object({ from: required(localTime), to: required(localTime), agent: required(AUTOMATIC_OR_MANUAL) }),
      ),
    },
    { one: { of: ["to", "change"], missing: absent("from", "method", "to", "change") } },
  ),
});

// food

/** Levels of `ingredients`; our choice. */
const INGREDIENT_LEVELS_MAX = 8;
const JOULES_PER_KILOCALORIE = 4185.8;
const KILOCALORIES_MAX = 10_000;

const energyUpTo = (max: number) => ({ min: 0, max });
const grams = number({ min: 0, max: 1000 });
const GRAMS_UNIT = required(choice("grams"));
const totalGrams = object({ total: required(grams), units: GRAMS_UNIT });

const NUTRITION: Fields = {
  estimatedAbsorptionDuration: integer({ min: 0, max: SECONDS_PER_DAY }),
  carbohydrate: object({ net: required(grams), total: grams, sugars: grams, dietaryFiber: grams, units: GRAMS_UNIT }),
  energy: quantity(
    {
      calories: energyUpTo(KILOCALORIES_MAX * 1000),
      joules: energyUpTo(KILOCALORIES_MAX * JOULES_PER_KILOCALORIE),
      kilocalories: energyUpTo(KILOCALORIES_MAX),
      kilojoules: energyUpTo((KILOCALORIES_MAX * JOULES_PER_KILOCALORIE) / 1000),
    },
    "energy",
  ),
  fat: totalGrams,
  protein: totalGrams,
};

const describedFood: Fields = {
  name,
  brand: name,
  code: name,
  amount: object({ units: required(name), value: required(number({ min: 0 })) }),
  nutrition: object(NUTRITION, { name: "nutrition" }),
};

const ingredients = (levels: number): Field =>
  levels === 0 ? forbidden : list(object({ ...describedFood, ingredients: ingredients(levels - 1) }));

const food = object({
  ...describedFood,
  meal: choice("breakfast", "dinner", "lunch", "other", "snack"),
  mealOther: onlyIf(is("meal", "other"), name),
  ingredients: ingredients(INGREDIENT_LEVELS_MAX),
});

// wizard

const CARB_UNITS = choice("grams", "exchanges");

const wizard = object({
  units: required(glucoseUnits),
  bgInput: glucose("units"),
  bgTarget: object(targetFields("units")),
  bolus: embedded("bolus"),
  carbInput: number({ min: 0, max: 1000 }),
  carbUnits: CARB_UNITS,
  insulinCarbRatio: number({ min: 0, max: 250 }),
  insulinOnBoard: number({ min: 0, max: 250 }),
  insulinSensitivity: glucose("units"),
  recommended: object({
    carb: number({ min: 0, max: 100 }),
    correction: number({ min: -100, max: 100 }),
    net: number({ min: -100, max: 100 }),
  }),
});

// pumpSettings

const start = required(integer({ min: 0, max: DAY_MS }));
const schedule = (own: Fields): Field => list(object({ start, ...own }));

const basalSchedule = schedule({ rate });
const targetSchedule = schedule(targetFields("units.bg"));
const carbRatioSchedule = schedule({ amount: required(number({ min: 0, max: 250 })) });
const sensitivitySchedule = schedule({ amount: required(glucose("units.bg")) });

/**
 * Our reading of the public model, which has no table of bounds for this type: bounds are those of the same quantities
 * elsewhere, and a schedule is there once, or by name.
 */
const pumpSettings = object({
  activeSchedule: text(),
  automatedDelivery: boolean,
  basal: object({
    rateMaximum: quantity({ "Units/hour": { min: 0, max: 100 } }),
    temporary: object({ type: required(choice("off", "percent", "Units/hour")) }),
  }),
  basalSchedule: when({ forbidden: present("basalSchedules") }, basalSchedule),
  basalSchedules: map(basalSchedule),
  bgTarget: when({ forbidden: present("bgTargets") }, targetSchedule),
  bgTargets: map(targetSchedule),
  bolus: object({
    amountMaximum: quantity({ Units: { min: 0, max: 100 } }),
    calculator: object({
      enabled: boolean,
      insulin: object(
        {
          duration: required(
            number({
              ranges: {
                by: "units",
                of: {
                  hours: { min: 0, max: 24 },
                  minutes: { min: 0, max: 24 * 60 },
                  seconds: { min: 0, max: SECONDS_PER_DAY },
                },
              },
            }),
          ),
          units: required(choice("hours", "minutes", "seconds")),
        },
        { name: "insulinDuration" },
      ),
    }),
    extended: object({ enabled: boolean }),
  }),
  carbRatio: when({ forbidden: present("carbRatios") }, carbRatioSchedule),
  carbRatios: map(carbRatioSchedule),
  display: object({ bloodGlucose: object({ units: required(choice("mg/dL", "mmol/L")) }) }),
  firmwareVersion: name,
  hardwareVersion: name,
  insulinSensitivity: when({ forbidden: present("insulinSensitivities") }, sensitivitySchedule),
  insulinSensitivities: map(sensitivitySchedule),
  manufacturers: list(name, { isUnique: true }),
  model: name,
  name,
  scheduleTimeZoneOffset: integer({ min: -10_080, max: 10_080 }),
  serialNumber: name,
  softwareVersion: name,
  units: when(
    { required: present("bgTarget", "bgTargets", "insulinSensitivity", "insulinSensitivities") },
    object({ bg: required(glucoseUnits), carb: CARB_UNITS }),
  ),
});

/** The types a batch may have, in the published order, with what is theirs beside the common members. */
export const DATA_TYPES: Readonly<Record<string, ObjectField | VariantsField>> = {
  basal,
  cbg,
  smbg,
  bolus,
  wizard,
  deviceEvent,
  food,
  pumpSettings,
};
