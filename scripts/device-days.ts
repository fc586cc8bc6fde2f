import { between, clamp, hexDigits, normal, type Random, randomOf, whole } from "./synthetic.ts";

/**
 * Invented days of a person's sensor, meter and pump, in the form in which they are added to a data set. The same person
 * has the same data at the same time, however long the span that is asked for.
 */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1440;

/** Minutes between two readings of a sensor. */
export const SENSOR_MINUTES = 5;
export const READINGS_A_DAY = DAY_MINUTES / SENSOR_MINUTES;
/** The most that one request may add. */
export const DATA_PER_REQUEST = 1000;

/** What a sensor can show, in mg/dL; beyond it an annotation says so. */
const SENSOR_MIN = 40;
const SENSOR_MAX = 400;

/** A datum as a client sends it. */
export type Datum = Readonly<Record<string, unknown>> & { readonly type: string; readonly time: string };

export interface DevicePerson {
  /** Another text is another person. */
  readonly seed: string;
  /** Of all days, in mg/dL. */
  readonly averageGlucose: number;
  /** How far meals and lows move it; 1 is usual. */
  readonly swing: number;
  /** The share of the time a sensor sends; 1: always, also while it would warm up. */
  readonly wear: number;
  /** Minutes from UTC to the clocks of the devices. */
  readonly timezoneOffset: number;
}

interface Meal {
  /** Minutes from the day's beginning. */
  readonly at: number;
  readonly name: "breakfast" | "lunch" | "dinner" | "snack";
  readonly carbs: number;
  /** How far glucose rises, in mg/dL, and after how many minutes. */
  readonly rise: number;
  readonly risesFor: number;
  readonly isForgotten: boolean;
}

/** What is decided of a day before anything is measured. */
interface Day {
  readonly meals: readonly Meal[];
  readonly lows: readonly { readonly at: number; readonly depth: number; readonly lasts: number }[];
  /** How far glucose is off its course, at each sixth of the day. */
  readonly drift: readonly number[];
  /** By reading, in mg/dL. */
  readonly noise: Float64Array;
  /** Minutes in which no reading arrives. */
  readonly gaps: readonly (readonly [from: number, to: number])[];
  readonly checks: readonly { readonly at: number; readonly error: number }[];
  readonly siteChangeAt: number | undefined;
  readonly alarm: { readonly at: number; readonly alarmType: string } | undefined;
  /** A basal rate for some hours, as a share of the scheduled one. */
  readonly temporary: { readonly at: number; readonly lasts: number; readonly percent: number } | undefined;
}

const DRIFTS = 6;
const DRIFT_MINUTES = DAY_MINUTES / DRIFTS;
const DAYS_REMEMBERED = 8;
/** A sensor lasts so long, and takes a while before its first reading. */
const SENSOR_DAYS = 10;
const WARM_UP_MINUTES = 120;
/** An infusion set is changed twice in so many days: after two or three, and again after the rest. */
const SITE_CYCLE_DAYS = 5;

/** Units an hour, from the minute of the day on. */
const BASAL_SCHEDULE = [
  { from: 0, rate: 0.8 },
  { from: 240, rate: 1.05 },
  { from: 540, rate: 0.85 },
  { from: 1020, rate: 0.95 },
  { from: 1320, rate: 0.75 },
] as const;
const SCHEDULE_NAME = "Standard";
/** Grams a unit, and mg/dL a unit. */
const CARB_RATIO = 10;
const SENSITIVITY = 45;
const TARGET = 110;
const TARGET_HIGH = 130;
/** What a pump can deliver: in steps of this. */
const UNIT_STEP = 0.05;

const inSteps = (units: number) => Number((Math.round(units / UNIT_STEP) * UNIT_STEP).toFixed(2));
const toMs = (minutes: number) => Math.round(minutes * MINUTE_MS);

export class DeviceDays {
  readonly #person: DevicePerson;
  readonly #days = new Map<number, Day>();
  readonly #ids: Readonly<Record<"cgm" | "meter" | "pump", string>>;
  /** Days and readings of a person begin at moments of their own. */
  readonly #phase: { readonly sensorDay: number; readonly siteDay: number; readonly readingMs: number };

  constructor(person: DevicePerson) {
    this.#person = person;
    const random = randomOf(`${person.seed} devices`);
    const serial = () => hexDigits(random, 6).toUpperCase();
    this.#ids = { cgm: `CgmCo-G5-${serial()}`, meter: `MeterCo-1-${serial()}`, pump: `PumpCo-900-${serial()}` };
    this.#phase = {
      sensorDay: whole(random, 0, SENSOR_DAYS - 1),
      siteDay: whole(random, 0, SITE_CYCLE_DAYS - 1),
      readingMs: whole(random, 0, SENSOR_MINUTES * 60 - 1) * 1000,
    };
  }

  get deviceIds(): Readonly<Record<"cgm" | "meter" | "pump", string>> {
    return this.#ids;
  }

  /** Readings of the sensor from one moment to before another. Epoch milliseconds. */
  cgm(from: number, to: number): Datum[] {
    const data: Datum[] = [];
    const stepMs = SENSOR_MINUTES * MINUTE_MS;
    const { readingMs } = this.#phase;
    for (let at = Math.ceil((from - readingMs) / stepMs) * stepMs + readingMs; at < to; at += stepMs) {
      const { day, minute } = this.#local(at);
      if (this.#day(day).gaps.some(([start, end]) => minute >= start && minute < end)) continue;
      data.push(this.#reading(at));
    }
    return data;
  }

  /** Fingersticks, three to six a day. */
  meter(from: number, to: number): Datum[] {
    return this.#events(from, to, (day, start) =>
      this.#day(day).checks.map(({ at, error }) => {
        const time = start + toMs(at);
        const value = Math.round(clamp(this.#glucose(time) * (1 + error), 22, 595));
        return { ...this.#base("smbg", time, "meter"), units: "mg/dL", value };
      }),
    );
  }

  /**
   * What a pump records: basal rates; each meal with its calculation, in which the bolus is embedded; changes of the site
   * (reservoir, then tubing, then cannula, minutes apart); alarms.
   */
  pump(from: number, to: number): Datum[] {
    return this.#events(from, to, (day, start) => [
      ...this.#basals(day, start),
      ...this.#day(day).meals.flatMap((meal) => this.#eaten(meal, start)),
      ...this.#siteChange(day, start),
      ...this.#alarms(day, start),
    ]);
  }

  /** How the pump is set, which is sent once. */
  pumpSettings(at: number): Datum {
    const named = (schedule: readonly object[]) => ({ [SCHEDULE_NAME]: schedule });
    return {
      ...this.#base("pumpSettings", at, "pump"),
      activeSchedule: SCHEDULE_NAME,
      basalSchedules: named(BASAL_SCHEDULE.map(({ from, rate }) => ({ start: from * MINUTE_MS, rate }))),
      bgTargets: named([{ start: 0, target: TARGET, high: TARGET_HIGH }]),
      carbRatios: named([{ start: 0, amount: CARB_RATIO }]),
      insulinSensitivities: named([{ start: 0, amount: SENSITIVITY }]),
      bolus: {
        amountMaximum: { units: "Units", value: 15 },
        calculator: { enabled: true, insulin: { duration: 240, units: "minutes" } },
      },
      units: { bg: "mg/dL", carb: "grams" },
      manufacturers: ["PumpCo"],
      model: "900",
      serialNumber: this.#ids.pump.split("-").at(-1),
    };
  }

  #reading(at: number): Datum {
    const value = Math.round(this.#glucose(at));
    const reading = {
      ...this.#base("cbg", at, "cgm"),
      units: "mg/dL",
      value: clamp(value, SENSOR_MIN - 1, SENSOR_MAX + 1),
      sampleInterval: SENSOR_MINUTES * MINUTE_MS,
    };
    if (value >= SENSOR_MIN && value <= SENSOR_MAX) return reading;
    const bound =
      value < SENSOR_MIN ? { value: "low", threshold: SENSOR_MIN } : { value: "high", threshold: SENSOR_MAX };
    return { ...reading, annotations: [{ code: "bg/out-of-range", ...bound }] };
  }

  #base(type: string, at: number, device: "cgm" | "meter" | "pump"): Datum & { deviceId: string } {
    const { timezoneOffset } = this.#person;
    return {
      type,
      time: new Date(at).toISOString(),
      deviceTime: new Date(at + timezoneOffset * MINUTE_MS).toISOString().slice(0, 19),
      timezoneOffset,
      conversionOffset: 0,
      deviceId: this.#ids[device],
    };
  }

  #events(from: number, to: number, ofDay: (day: number, start: number) => Datum[]): Datum[] {
    const data: Datum[] = [];
    for (let { day } = this.#local(from); this.#startOf(day) < to; day++) data.push(...ofDay(day, this.#startOf(day)));
    const fromText = new Date(from).toISOString();
    const toText = new Date(to).toISOString();
    return data
      .filter(({ time }) => time >= fromText && time < toText)
      .toSorted((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  }

  #startOf(day: number): number {
    return day * DAY_MS - this.#person.timezoneOffset * MINUTE_MS;
  }

  /** The day on the clocks of the devices, and the minute in it. */
  #local(at: number): { readonly day: number; readonly minute: number } {
    const day = Math.floor((at + this.#person.timezoneOffset * MINUTE_MS) / DAY_MS);
    return { day, minute: (at - this.#startOf(day)) / MINUTE_MS };
  }

  /** In mg/dL: the usual course of a day, the meals of this one and the last, its lows, and what nobody can explain. */
  #glucose(at: number): number {
    const { averageGlucose, swing } = this.#person;
    const { day, minute } = this.#local(at);
    const [today, before, after] = [this.#day(day), this.#day(day - 1), this.#day(day + 1)];
    // Meals raise the average by about so much.
    const base = averageGlucose - 34 * swing;
    const dawn = 14 * swing * Math.cos((2 * Math.PI * (minute - 400)) / DAY_MINUTES);
    const sixth = Math.floor(minute / DRIFT_MINUTES);
    const share = minute / DRIFT_MINUTES - sixth;
    const drift = today.drift[sixth]! * (1 - share) + (today.drift[sixth + 1] ?? after.drift[0]!) * share;
    const noise = today.noise[Math.floor(minute / SENSOR_MINUTES)]!;
    const moved = movedBy(today, minute) + movedBy(before, minute + DAY_MINUTES);
    return Math.max(30, base + dawn + drift + noise + moved);
  }

  #day(day: number): Day {
    const known = this.#days.get(day);
    if (known) return known;
    if (this.#days.size >= DAYS_REMEMBERED) this.#days.clear();
    const { seed, swing, wear } = this.#person;
    const random = randomOf(`${seed} day ${day}`);
    const meals = mealsOf(random, swing);
    const siteDay = modulo(day + this.#phase.siteDay, SITE_CYCLE_DAYS);
    const secondChange = randomOf(`${seed} sites ${Math.floor((day + this.#phase.siteDay) / SITE_CYCLE_DAYS)}`)();
    const isSiteChanged = siteDay === 0 || siteDay === (secondChange < 0.5 ? 2 : 3);
    const made: Day = {
      meals,
      lows: random() < 0.5 * swing ? [lowOf(random, swing)] : [],
      drift: Array.from({ length: DRIFTS }, () => normal(random, 0, 27 * swing)),
      noise: noiseOf(random),
      gaps: wear >= 1 ? [] : gapsOf(random, wear, modulo(day + this.#phase.sensorDay, SENSOR_DAYS) === 0),
      checks: checksOf(random, meals),
      siteChangeAt: isSiteChanged ? whole(random, 7 * 60, 20 * 60) : undefined,
      alarm: alarmOf(random, isSiteChanged),
      temporary:
        random() < 0.2
          ? { at: whole(random, 9 * 60, 17 * 60), lasts: 30 * whole(random, 1, 4), percent: 0.5 }
          : undefined,
    };
    this.#days.set(day, made);
    return made;
  }

  /** The schedule, cut where a temporary rate holds or the pump stands still. */
  #basals(day: number, start: number): Datum[] {
    const { siteChangeAt, temporary } = this.#day(day);
    const stop = siteChangeAt === undefined ? [] : [{ from: siteChangeAt, to: siteChangeAt + SITE_CHANGE_MINUTES }];
    return BASAL_SCHEDULE.flatMap(({ from, rate }, i) => {
      const to = BASAL_SCHEDULE[i + 1]?.from ?? DAY_MINUTES;
      const scheduled = { type: "basal", deliveryType: "scheduled", rate, scheduleName: SCHEDULE_NAME };
      const basal = (a: number, b: number, own: object): Datum => ({
        ...this.#base("basal", start + toMs(a), "pump"),
        duration: toMs(b - a),
        ...own,
      });
      const changes = [
        ...stop.map((it) => ({ ...it, own: { deliveryType: "suspend", suppressed: scheduled } })),
        ...(temporary ? [temporary] : []).map(({ at, lasts, percent }) => {
          const own = { deliveryType: "temp", rate: inSteps(rate * percent), percent, suppressed: scheduled };
          return { from: at, to: at + lasts, own };
        }),
      ];
      const data: Datum[] = [];
      let at: number = from;
      for (const it of changes.toSorted((a, b) => a.from - b.from)) {
        const [begin, end] = [Math.max(at, it.from), Math.min(to, it.to)];
        if (begin >= end) continue;
        if (begin > at) data.push(basal(at, begin, scheduled));
        data.push(basal(begin, end, it.own));
        at = end;
      }
      if (at < to) data.push(basal(at, to, scheduled));
      return data;
    });
  }

  /** A meal as the pump knows it: only where its bolus was not forgotten. */
  #eaten({ at, name, carbs, isForgotten }: Meal, start: number): Datum[] {
    if (isForgotten) return [];
    const time = start + toMs(at);
    const bgInput = Math.round(clamp(this.#glucose(time), SENSOR_MIN, SENSOR_MAX));
    const carb = inSteps(carbs / CARB_RATIO);
    const correction = inSteps(
      bgInput > TARGET_HIGH || bgInput < TARGET - 30 ? clamp((bgInput - TARGET) / SENSITIVITY, -2, 6) : 0,
    );
    const net = Math.max(0, inSteps(carb + correction));
    // What is rich in fat is delivered in part over two hours.
    const isSplit = name === "dinner" && carbs > 75;
    const normal = inSteps(isSplit ? net * 0.6 : net);
    const bolus = {
      ...this.#base("bolus", time, "pump"),
      ...(isSplit
        ? { subType: "dual/square", normal, extended: inSteps(net - normal), duration: 2 * 60 * MINUTE_MS }
        : { subType: "normal", normal }),
    };
    return [
      {
        ...this.#base("wizard", time, "pump"),
        units: "mg/dL",
        bgInput,
        bgTarget: { target: TARGET, high: TARGET_HIGH },
        carbInput: carbs,
        carbUnits: "grams",
        insulinCarbRatio: CARB_RATIO,
        insulinSensitivity: SENSITIVITY,
        insulinOnBoard: 0,
        recommended: { carb, correction, net },
        bolus,
      },
      {
        ...this.#base("food", time, "pump"),
        meal: name,
        nutrition: { carbohydrate: { net: carbs, units: "grams" } },
      },
    ];
  }

  #siteChange(day: number, start: number): Datum[] {
    const { siteChangeAt } = this.#day(day);
    if (siteChangeAt === undefined) return [];
    const random = randomOf(`${this.#person.seed} site ${day}`);
    const event = (minutes: number, own: object): Datum => ({
      ...this.#base("deviceEvent", start + toMs(siteChangeAt + minutes), "pump"),
      ...own,
    });
    const status = event(0, {
      subType: "status",
      status: "suspended",
      duration: toMs(SITE_CHANGE_MINUTES),
      reason: { suspended: "manual", resumed: "manual" },
    });
    return [
      event(0, { subType: "reservoirChange", status }),
      event(3, { subType: "prime", primeTarget: "tubing", volume: Number(between(random, 11, 17).toFixed(1)) }),
      event(6, { subType: "prime", primeTarget: "cannula", volume: random() < 0.8 ? 0.3 : 0.5 }),
    ];
  }

  #alarms(day: number, start: number): Datum[] {
    const { alarm } = this.#day(day);
    if (!alarm) return [];
    const base = this.#base("deviceEvent", start + toMs(alarm.at), "pump");
    return [{ ...base, subType: "alarm", alarmType: alarm.alarmType }];
  }
}

const SITE_CHANGE_MINUTES = 7;

const modulo = (value: number, by: number) => ((value % by) + by) % by;

/** How far what happened on a day moves glucose so many minutes after its beginning. */
function movedBy({ meals, lows }: Day, minute: number): number {
  let sum = 0;
  for (const { at, rise, risesFor } of meals) {
    const x = (minute - at) / risesFor;
    // Up to its top after `risesFor` minutes, and slowly back.
    if (x > 0 && x < 8) sum += rise * x * Math.exp(1 - x);
  }
  for (const { at, depth, lasts } of lows) sum -= depth * Math.exp(-(((minute - at) / lasts) ** 2));
  return sum;
}

function mealsOf(random: Random, swing: number): Meal[] {
  const meal = (name: Meal["name"], [first, last]: readonly [number, number], carbs: number): Meal => {
    const isForgotten = random() < 0.07;
    const gramRise = between(random, 1.1, 2.3) * swing * (isForgotten ? 1.8 : 1);
    const at = whole(random, first, last);
    return { name, at, carbs, rise: carbs * gramRise, risesFor: between(random, 50, 85), isForgotten };
  };
  return [
    meal("breakfast", [390, 510], whole(random, 25, 60)),
    meal("lunch", [690, 810], whole(random, 35, 75)),
    ...(random() < 0.4 ? [meal("snack", [900, 990], whole(random, 12, 30))] : []),
    meal("dinner", [1080, 1200], whole(random, 40, 90)),
  ];
}

function lowOf(random: Random, swing: number): Day["lows"][number] {
  const at = random() < 0.4 ? whole(random, 60, 300) : whole(random, 600, 1400);
  return { at, depth: between(random, 50, 100) * Math.min(1.2, swing), lasts: between(random, 20, 45) };
}

/** What a sensor adds: each reading is near the one before. */
function noiseOf(random: Random): Float64Array {
  const noise = new Float64Array(READINGS_A_DAY);
  let value = normal(random, 0, 4);
  for (let i = 0; i < noise.length; i++) noise[i] = value = 0.8 * value + normal(random, 0, 2.4);
  return noise;
}

/** The times without readings: a new sensor, and signals that are lost, as many as make up for the wear. */
function gapsOf(random: Random, wear: number, isNewSensor: boolean): [number, number][] {
  const gaps: [number, number][] = [];
  if (isNewSensor) {
    const at = whole(random, 8 * 60, 18 * 60);
    gaps.push([at, at + WARM_UP_MINUTES]);
  }
  let lost = Math.max(0, 1 - wear) * DAY_MINUTES * between(random, 0, 2);
  while (lost >= SENSOR_MINUTES) {
    const lasts = Math.min(lost, between(random, 15, 180));
    const at = between(random, 0, DAY_MINUTES - lasts);
    gaps.push([at, at + lasts]);
    lost -= lasts;
  }
  return gaps;
}

function checksOf(random: Random, meals: readonly Meal[]): Day["checks"] {
  const times = meals.filter(({ name }) => name !== "snack").map(({ at }) => at - whole(random, 3, 12));
  for (let more = whole(random, 0, 3); more > 0; more--) times.push(whole(random, 13 * 60, 23 * 60 + 30));
  return times.toSorted((a, b) => a - b).map((at) => ({ at, error: normal(random, 0, 0.06) }));
}

function alarmOf(random: Random, isSiteChanged: boolean): Day["alarm"] {
  const roll = random();
  const at = whole(random, 60, 1380);
  if (isSiteChanged && roll < 0.25) return { at, alarmType: "low_insulin" };
  if (roll < 0.03) return { at, alarmType: roll < 0.012 ? "occlusion" : "low_power" };
  return undefined;
}

/** Data in the parts that one request may have each. */
export function inRequests<T>(data: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < data.length; at += DATA_PER_REQUEST) parts.push(data.slice(at, at + DATA_PER_REQUEST));
  return parts;
}
