import * as fc from "fast-check";

type Json = any;

// Data as the published schema has them, written without a look at the declarations.

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true, noDefaultInfinity: true });
const whole = (min: number, max: number) => fc.integer({ min, max });
export const oneOf = (...values: string[]) => fc.constantFrom(...values);
const words = (max: number) =>
  fc
    .string({ minLength: 1, maxLength: Math.min(max, 30), unit: "grapheme" })
    .filter((text) => Array.from(text).length <= max && !text.includes("\0"));
const name = words(100);
const digits = (count: number) =>
  fc.array(oneOf(..."0123456789abcdef"), { minLength: count, maxLength: count }).map((all) => all.join(""));
const content = fc
  .dictionary(oneOf("a", "b", "code"), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 2 })
  .filter((it) => JSON.stringify(it).length < 1000);
const local = fc
  .date({ min: new Date("1990-01-01"), max: new Date("2090-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 19));
const instant = fc
  .date({ min: new Date("1990-01-01"), max: new Date("2090-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Members of which each may be missing. */
const maybe = (members: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Json> =>
  fc.record(members, { requiredKeys: [] });
const both = (...parts: fc.Arbitrary<Json>[]): fc.Arbitrary<Json> =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all));
const always = (members: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Json> => fc.record(members);

const origin = maybe({
  id: name,
  name,
  version: name,
  type: oneOf("application", "device", "manual", "service"),
  time: instant,
  payload: content,
});
const association = fc.oneof(
  both(always({ type: oneOf("blob", "datum", "image"), id: digits(32) }), maybe({ reason: name })),
  both(always({ type: fc.constant("url"), url: fc.constant("https://a.test/b?c=d") }), maybe({ reason: name })),
);
const degrees = (max: number) => always({ units: fc.constant("degrees"), value: between(-max, max) });
const place = fc.oneof(
  always({ name }),
  always({
    gps: both(always({ latitude: degrees(90), longitude: degrees(180) }), maybe({ floor: whole(-1000, 1000), origin })),
  }),
);
const base = both(
  always({ time: instant }),
  maybe({
    deviceId: name,
    deviceTime: local,
    timezone: oneOf("US/Pacific", "Europe/Berlin", "UTC"),
    timezoneOffset: whole(-10080, 10080),
    conversionOffset: whole(-1e9, 1e9),
    clockDriftOffset: whole(-86400000, 86400000),
    annotations: fc.array(content, { minLength: 1, maxLength: 3 }),
    associations: fc.array(association, { minLength: 1, maxLength: 3 }),
    location: place,
    notes: fc.array(name, { minLength: 1, maxLength: 3 }),
    tags: fc.uniqueArray(oneOf("a", "b", "c", "d"), { minLength: 1 }).map((tags) => tags.toSorted()),
    origin,
    payload: content,
    source: fc.constant("carelink"),
  }),
);
const typed = (type: string, members: Record<string, string> = {}) => fc.constant({ type, ...members });

const formulation: fc.Arbitrary<Json> = fc.oneof(
  always({ name }),
  always({
    simple: both(always({ actingType: oneOf("rapid", "long", "short", "intermediate") }), maybe({ brand: name })),
  }),
  always({
    compounds: fc.array(always({ amount: between(0, 10), formulation: always({ name }) }), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
);
const grams = between(0, 1000);
const foodMembers = maybe({
  name,
  brand: name,
  code: name,
  amount: always({ units: name, value: between(0, 1e6) }),
  nutrition: maybe({
    estimatedAbsorptionDuration: whole(0, 86400),
    carbohydrate: both(always({ net: grams, units: fc.constant("grams") }), maybe({ total: grams, sugars: grams })),
    energy: always({ units: oneOf("kilocalories", "kilojoules"), value: between(0, 10000) }),
    fat: always({ total: grams, units: fc.constant("grams") }),
  }),
});
const ingredient: fc.Arbitrary<Json> = fc.letrec((tie) => ({
  one: both(
    foodMembers,
    fc.option(always({ ingredients: fc.array(tie("one"), { minLength: 1, maxLength: 2 }) }), {
      nil: {},
      depthSize: "small",
      maxDepth: 4,
    }),
  ),
})).one;
const bolus = both(
  fc.oneof(
    both(
      typed("bolus", { subType: "normal" }),
      between(0, 100).chain((most) =>
        maybe({ expectedNormal: fc.constant(most) }).chain((it) =>
          both(fc.constant(it), always({ normal: between(0, most) })),
        ),
      ),
    ),
    both(
      typed("bolus", { subType: "automated" }),
      always({ normal: between(0.5, 50) }),
      maybe({ expectedNormal: between(50, 100) }),
    ),
    both(typed("bolus", { subType: "square" }), always({ extended: between(0, 100), duration: whole(0, 86400000) })),
    both(
      typed("bolus", { subType: "dual/square" }),
      always({
        normal: between(0, 100),
        extended: between(0, 10),
        expectedExtended: between(10, 100),
        duration: whole(0, 1000),
        expectedDuration: whole(1000, 86400000),
      }),
    ),
  ),
  maybe({
    deliveryContext: oneOf("algorithm", "device", "oneButton", "remote", "undetermined", "watch"),
    insulinFormulation: formulation,
  }),
);
const rate = between(0, 100);
const span = both(always({ duration: whole(0, 1000) }), maybe({ expectedDuration: whole(1000, 604800000) }));
const suppressedScheduled = both(
  typed("basal", { deliveryType: "scheduled" }),
  always({ rate }),
  maybe({ scheduleName: name, annotations: fc.array(content, { minLength: 1, maxLength: 2 }) }),
);
const suppressedAutomated = both(
  typed("basal", { deliveryType: "automated" }),
  always({ rate }),
  maybe({ suppressed: suppressedScheduled }),
);
const suppressedTemp = both(
  typed("basal", { deliveryType: "temp" }),
  always({ rate }),
  maybe({ percent: between(0, 10), suppressed: suppressedAutomated }),
);
const target = (max: number): fc.Arbitrary<Json> =>
  between(max / 4, max / 2).chain((middle) =>
    fc.oneof(
      always({ target: fc.constant(middle) }),
      always({ target: fc.constant(middle), range: between(0, max / 4) }),
      always({ target: fc.constant(middle), high: between(middle, max) }),
      always({ low: fc.constant(middle), high: between(middle, max) }),
    ),
  );
const deviceEvent = (subType: string) => typed("deviceEvent", { subType });
const reading = (units: string, max: number) => always({ units: fc.constant(units), value: between(0, max) });
const schedule = (own: fc.Arbitrary<Json>) =>
  fc.array(both(always({ start: whole(0, 86400000) }), own), { minLength: 1, maxLength: 3 });

/** In mmol/L, so that everything comes out as it went in. */
/** A datum that is valid: of any type, with any members. */
export const datum: fc.Arbitrary<Json> = both(
  base,
  fc.oneof(
    both(
      typed("cbg"),
      reading("mmol/L", 55),
      maybe({
        trend: oneOf("constant", "slowFall", "rapidRise"),
        sampleInterval: whole(0, 86400000),
        backfilled: fc.boolean(),
      }),
      fc.option(always({ trendRate: between(-5.5, 5.5), trendRateUnits: fc.constant("mmol/L/minute") }), { nil: {} }),
    ),
    both(typed("smbg"), reading("mmol/L", 55), maybe({ subType: oneOf("linked", "manual", "scanned") })),
    both(
      typed("basal", { deliveryType: "automated" }),
      span,
      always({ rate }),
      maybe({ scheduleName: name, suppressed: suppressedScheduled, insulinFormulation: formulation }),
    ),
    both(
      typed("basal", { deliveryType: "scheduled" }),
      span,
      always({ rate }),
      maybe({ scheduleName: name, insulinFormulation: formulation }),
    ),
    both(
      typed("basal", { deliveryType: "suspend" }),
      span,
      maybe({ suppressed: fc.oneof(suppressedScheduled, suppressedAutomated, suppressedTemp) }),
    ),
    both(
      typed("basal", { deliveryType: "temp" }),
      span,
      always({ rate }),
      maybe({ percent: between(0, 10), suppressed: suppressedAutomated }),
    ),
    bolus,
    both(
      typed("food"),
      foodMembers,
      fc.oneof(
        fc.constant({}),
        always({ meal: oneOf("breakfast", "snack") }),
        always({ meal: fc.constant("other"), mealOther: name }),
      ),
      maybe({ ingredients: fc.array(ingredient, { minLength: 1, maxLength: 2 }) }),
    ),
    both(
      typed("wizard"),
      always({ units: fc.constant("mmol/L") }),
      maybe({
        bgInput: between(0, 55),
        bgTarget: target(55),
        carbInput: between(0, 1000),
        carbUnits: oneOf("grams", "exchanges"),
        insulinCarbRatio: between(0, 250),
        insulinOnBoard: between(0, 250),
        insulinSensitivity: between(0, 55),
        recommended: maybe({ carb: between(0, 100), correction: between(-100, 100), net: between(-100, 100) }),
      }),
    ),
    both(deviceEvent("alarm"), always({ alarmType: oneOf("auto_off", "other", "over_limit") })),
    both(deviceEvent("calibration"), reading("mmol/L", 55)),
    both(
      deviceEvent("prime"),
      fc.oneof(
        always({ primeTarget: fc.constant("cannula"), volume: between(0, 10) }),
        always({ primeTarget: fc.constant("tubing"), volume: between(0, 100) }),
      ),
    ),
    both(
      deviceEvent("pumpSettingsOverride"),
      fc.oneof(
        always({ overrideType: oneOf("custom", "sleep") }),
        always({ overrideType: fc.constant("preset"), overridePreset: name }),
      ),
      maybe({
        method: oneOf("automatic", "manual"),
        duration: whole(0, 1000),
        expectedDuration: whole(1000, 604800000),
        carbRatioScaleFactor: between(0.1, 10),
      }),
      fc.option(always({ units: fc.constant({ bg: "mmol/L" }), bgTarget: target(55) }), { nil: {} }),
    ),
    deviceEvent("reservoirChange"),
    both(
      deviceEvent("status"),
      always({ status: oneOf("resumed", "suspended"), reason: content }),
      maybe({ duration: whole(0, 1000), expectedDuration: whole(1000, 1e9) }),
    ),
    both(
      deviceEvent("timeChange"),
      fc.oneof(
        both(
          always({ to: always({ time: local }) }),
          maybe({ from: always({ timeZoneName: fc.constant("US/Pacific") }), method: oneOf("automatic", "manual") }),
        ),
        always({ change: always({ from: local, to: local, agent: oneOf("automatic", "manual") }) }),
      ),
    ),
    both(
      typed("pumpSettings", {}),
      always({ units: fc.constant({ bg: "mmol/L", carb: "grams" }) }),
      maybe({
        activeSchedule: name,
        automatedDelivery: fc.boolean(),
        basalSchedules: fc.dictionary(oneOf("a", "b"), schedule(always({ rate })), { minKeys: 1 }),
        bgTarget: schedule(target(55)),
        carbRatio: schedule(always({ amount: between(0, 250) })),
        insulinSensitivities: fc.dictionary(oneOf("a", "b"), schedule(always({ amount: between(0, 55) })), {
          minKeys: 1,
        }),
        manufacturers: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
        model: name,
        serialNumber: name,
        scheduleTimeZoneOffset: whole(-720, 840),
      }),
    ),
  ),
);
