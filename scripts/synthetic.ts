import {
  countsToPlan,
  type DataSource,
  type NewPatient,
  newPatient,
  PERMISSION_BITS,
} from "../src/features/patients/model/record.ts";
import { DATE_FLAGS, periodsColumn, type RowWithPeriods, rebuildSummary } from "../src/features/summaries/rebuild.ts";
import type { PatientSummary } from "../src/features/summaries/schema.ts";
import { FLAGGED, STATISTICS, type SummaryType } from "../src/features/summaries/model/statistics.ts";

/**
 * Invented clinics that look like real ones: their patients, and summaries that agree with themselves as summaries made
 * from data do. The same seed at the same moment gives the same clinic.
 */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** The sequence that belongs to a seed: sfc32, its state filled from the seed's FNV-1a hash. */
export function randomOf(seed: string): Random {
  let hash = 0x811c9dc5;
  for (const character of seed) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  let [a, b, c, d] = [hash, hash ^ 0x9e3779b9, Math.imul(hash, 0x85ebca6b), 1];
  const next = () => {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 0x1_0000_0000;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

export const between = (random: Random, low: number, high: number) => low + random() * (high - low);
export const whole = (random: Random, low: number, high: number) => Math.floor(between(random, low, high + 1));
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
export const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const rounded = (value: number, decimals: number) => Math.round(value * 10 ** decimals) / 10 ** decimals;

/** One of the values, each with its share; the shares add up to 1. */
function choose<T>(random: Random, shares: readonly (readonly [number, T])[]): T {
  let rest = random();
  for (const [share, value] of shares) {
    rest -= share;
    if (rest < 0) return value;
  }
  return shares.at(-1)![1];
}

/** Normally distributed, by the sum of twelve: quick, and never far out. */
export function normal(random: Random, mean: number, deviation: number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return mean + sum * deviation;
}

export function hexDigits(random: Random, length: number): string {
  let digits = "";
  while (digits.length < length)
    digits += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0");
  return digits.slice(0, length);
}

/** An id that sorts by the second it stands for. */
const objectId = (random: Random, at: number) =>
  Math.floor(at / 1000)
    .toString(16)
    .padStart(8, "0") + hexDigits(random, 16);

function uuid(random: Random): string {
  const digits = hexDigits(random, 32);
  const variant = "89ab"[Math.floor(random() * 4)];
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join("-");
}

const CODE_SYMBOLS = [..."ABCDEFGHJKLMNPQRSTUVWXYZ23456789"];
function shareCode(random: Random): string {
  const group = () => Array.from({ length: 4 }, () => pick(random, CODE_SYMBOLS)).join("");
  return `${group()}-${group()}-${group()}`;
}

const PLACES = [
  ["Alder Creek", "Portland", "OR", "97205", "US/Pacific"],
  ["Blue Ridge", "Asheville", "NC", "28801", "US/Eastern"],
  ["Cedar Valley", "Waterloo", "IA", "50701", "US/Central"],
  ["Desert Springs", "Tucson", "AZ", "85701", "US/Arizona"],
  ["Eastlake", "Cleveland", "OH", "44114", "US/Eastern"],
  ["Front Range", "Denver", "CO", "80202", "US/Mountain"],
  ["Golden Gate", "San Francisco", "CA", "94117", "US/Pacific"],
  ["Great Lakes", "Duluth", "MN", "55802", "US/Central"],
  ["Juniper", "Boise", "ID", "83702", "US/Mountain"],
  ["Magnolia", "Jackson", "MS", "39201", "US/Central"],
  ["North Shore", "Evanston", "IL", "60201", "US/Central"],
  ["Palmetto", "Charleston", "SC", "29401", "US/Eastern"],
] as const;
const KINDS = ["Diabetes Center", "Endocrine Associates", "Diabetes & Metabolism", "Endocrinology Clinic"];

const TAG_NAMES = [
  "Pump users",
  "MDI",
  "New onset",
  "Pregnancy",
  "Pediatrics",
  "High risk",
  "Research study",
  "Remote monitoring",
  "Transition of care",
  "GLP-1",
] as const;
const SITE_NAMES = ["Main Campus", "Northside", "Riverfront", "Children's Pavilion", "Telehealth"] as const;

const GIVEN_NAMES =
  `Aaliyah Aarón Abigail Adrián Agnieszka Ahmed Aiko Alejandra Amara Amélie Ana Anders André Anja Antonio Arjun Astrid Ayşe
  Beatriz Benjamin Björn Brígida Camila Carlos Chiara Chloé Daniel Dariusz Deepika Diego Dmitri Elena Elias Emeka Emma Esra
  Fatima Felipe Fiona Françoise Gabriel Giulia Grace Hana Hannah Hassan Hiroshi Ines Ingrid Isabel Ivan Jamal James Jana
  Joaquín John José Júlia Kai Karim Katarzyna Kenji Kofi Kwame Laila Lars Léa Liam Lin Łukasz Luís Luna Magnus Mai Malik
  Marek María Mateo Maya Mei Mia Michael Mónica Nadia Naomi Niamh Nikolai Noah Noor Núria Ole Olivia Omar Oscar Paweł Pedro
  Priya Quinn Rafael Rania Renée Rosa Ruth Samuel Sana Santiago Seán Sigrid Sofía Søren Stanisław Sunita Thandiwe Thomas
  Tomás Ulrika Valentina Vera Viktor Wei Yara Yusuf Zachary Zofia Zoë`.split(/\s+/u);
const FAMILY_NAMES =
  `Abebe Adeyemi Ahmed Almeida Anderson Andersson Baker Barnes Bauer Benítez Bianchi Björk Brown Bui Campbell Carter Castillo
  Chávez Chen Clark Cohen Costa Cruz Davis Delgado Diaz Dubois Edwards Eriksen Evans Fernández Fischer Fitzgerald Fleming
  Flores Fontaine Foster Gagné García Gómez Gonçalves González Green Gupta Hall Hansen Harris Hernández Hoang Hughes Ibáñez
  Ibrahim Ivanova Jackson Jensen Jiménez Johnson Jones Juárez Kaczmarek Kang Kaplan Kaur Khan Kim King Kowalska Kumar Lambert
  Larsson Lee Lefèvre Levy Lewis Lim López Lundqvist MacDonald Mahmoud Martin Martínez Mbeki McCarthy Mehta Mendoza Meyer
  Miller Moore Morales Müller Muñoz Murphy Nakamura Nelson Nguyễn Nielsen Novák Núñez Nwosu O’Brien O’Connor Okafor Oliveira
  Olsen Ortiz Owens Park Patel Peña Pereira Pérez Peters Pham Phillips Popescu Price Quiroga Ramírez Rao Reyes Reynolds Rivera
  Roberts Robinson Rodríguez Rojas Romero Rossi Roux Ruiz Saito Salazar Sánchez Santos Sato Schmidt Schneider Shah Sharma
  Silva Singh Smith Sørensen Soto Souza Stewart Suárez Suzuki Świątek Tanaka Taylor Thomas Thompson Torres Tran Turner Vargas
  Vásquez Vega Wagner Walker Wang Ward Watson White Williams Wilson Wójcik Wong Wright Yamamoto Yang Yılmaz Young Zając Zhang`.split(
    /\s+/u,
  );

export interface SyntheticLabel {
  readonly id: string;
  readonly name: string;
}

export interface SyntheticClinic {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly city: string;
  readonly state: string;
  readonly postalCode: string;
  readonly timezone: string;
  readonly shareCode: string;
  readonly createdAt: number;
  readonly tags: readonly SyntheticLabel[];
  readonly sites: readonly SyntheticLabel[];
  readonly admin: { readonly id: string; readonly userId: string; readonly name: string; readonly email: string };
}

/** A clinic without its patients. The number tells clinics of one database apart: no two may share it. */
export function syntheticClinic(random: Random, number: number, now: number): SyntheticClinic {
  const [place, city, state, postalCode, timezone] = PLACES[number % PLACES.length]!;
  const createdAt = now - whole(random, 1100, 1500) * DAY_MS;
  const admin = { given: pick(random, GIVEN_NAMES), family: pick(random, FAMILY_NAMES) };
  return {
    id: objectId(random, createdAt),
    name: `${place} ${KINDS[Math.floor(number / PLACES.length) % KINDS.length]}`,
    address: `${whole(random, 100, 9900)} Hospital Way`,
    city,
    state,
    postalCode,
    timezone,
    shareCode: shareCode(random),
    createdAt,
    tags: TAG_NAMES.map((name) => ({ id: objectId(random, createdAt), name })),
    sites: SITE_NAMES.map((name) => ({ id: objectId(random, createdAt), name })),
    admin: {
      id: objectId(random, createdAt),
      userId: hexDigits(random, 10),
      name: `${admin.given} ${admin.family}`,
      email: `admin@clinic-${number}.example`,
    },
  };
}

export interface SyntheticUser {
  readonly id: string;
  readonly email: string | null;
  readonly name: string;
  readonly isCustodial: boolean;
}

export interface SyntheticPeriod {
  readonly period: string;
  readonly flags: number;
  /** Value and delta of each statistic, in the order of STATISTICS. */
  readonly values: readonly (number | null)[];
}

export interface SyntheticPatient {
  readonly row: NewPatient;
  readonly user: SyntheticUser;
  readonly dataSources: readonly DataSource[];
  readonly tags: readonly string[];
  readonly sites: readonly string[];
  readonly periods: Readonly<Record<SummaryType, readonly SyntheticPeriod[]>>;
}

/** The `index`th of a clinic's `count` patients, who came one after the other since the clinic was made. */
export function syntheticPatient(
  random: Random,
  clinic: SyntheticClinic,
  number: number,
  index: number,
  count: number,
  now: number,
): SyntheticPatient {
  const userId = uuid(random);
  const createdAt = Math.floor(clinic.createdAt + ((index + random()) / count) * (now - clinic.createdAt - DAY_MS));
  const isCustodial = random() < 0.7;
  const name = patientName(random);
  const email =
    isCustodial && random() < 0.35
      ? null
      : `${addressPart(name)}.${number.toString(36)}-${index.toString(36)}@patients.example`;
  const habits = habitsOf(random, createdAt, now);
  const head = { cgm: summaryHead(random, "cgm", habits, now), bgm: summaryHead(random, "bgm", habits, now) };
  const dataSources = dataSourcesOf(random, habits, createdAt);
  const tags = someOf(
    random,
    clinic.tags,
    choose(random, [
      [0.45, 0],
      [0.33, 1],
      [0.16, 2],
      [0.06, 3],
    ]),
  );
  const sites = someOf(
    random,
    clinic.sites,
    choose(random, [
      [0.25, 0],
      [0.65, 1],
      [0.1, 2],
    ]),
  );
  const reviews = reviewsOf(random, clinic, createdAt, now);
  const row = newPatient({
    clinicId: clinic.id,
    userId,
    fullName: name,
    birthDate: birthDate(random, now),
    email,
    mrn: random() < 0.93 ? medicalRecordNumber(random, index) : null,
    targetDevices:
      random() < 0.4 ? JSON.stringify([pick(random, ["dexcom", "abbott", "medtronic", "omnipod", "tandem"])]) : null,
    tags: JSON.stringify(tags),
    sites: JSON.stringify(sites),
    dataSources: dataSources.length > 0 ? JSON.stringify(dataSources) : null,
    permissions: isCustodial ? CUSTODIAL : pick(random, SHARED),
    reviews: JSON.stringify(
      reviews.map(({ time, clinicianId }) => ({ clinicianId, time: new Date(time).toISOString() })),
    ),
    lastReviewedAt: reviews[0]?.time ?? null,
    lastUploadReminderAt: random() < 0.06 ? whole(random, Math.max(createdAt, now - 60 * DAY_MS), now) : null,
    glycemicRanges: choose(random, GLYCEMIC_RANGES),
    diagnosisType: choose(random, DIAGNOSES),
    invitedBy: isCustodial ? clinic.admin.userId : null,
    countsToPlan: countsToPlan(false, dataSources),
    ...head.cgm.columns,
    ...head.bgm.columns,
    createdAt,
    updatedAt: Math.max(createdAt, head.cgm.lastUpdatedAt, head.bgm.lastUpdatedAt),
  });
  const periods = { cgm: cgmPeriods(random, habits), bgm: bgmPeriods(random, habits) };
  return { row, user: { id: userId, email, name, isCustodial }, dataSources, tags, sites, periods };
}

const { custodian, view, upload, note } = PERMISSION_BITS;
const CUSTODIAL = custodian | view | upload | note;
const SHARED = [view, view | upload, view | upload | note];

const preset = (name: string) => JSON.stringify({ type: "preset", preset: name });
const GLYCEMIC_RANGES: readonly (readonly [number, string | null])[] = [
  [0.9, null],
  [0.04, preset("adaStandard")],
  [0.03, preset("adaPregnancyType1")],
  [0.03, preset("adaHighRisk")],
];
const DIAGNOSES: readonly (readonly [number, string | null])[] = [
  [0.47, "type1"],
  [0.24, "type2"],
  [0.04, "gestational"],
  [0.02, "lada"],
  [0.02, "prediabetes"],
  [0.01, "mody"],
  [0.01, "type3c"],
  [0.01, "other"],
  [0.18, null],
];

function patientName(random: Random): string {
  const given = pick(random, GIVEN_NAMES);
  const family = pick(random, FAMILY_NAMES);
  const roll = random();
  if (roll < 0.1) return `${given} ${pick(random, GIVEN_NAMES)} ${family}`;
  if (roll < 0.16) return `${given} ${family}-${pick(random, FAMILY_NAMES)}`;
  return `${given} ${family}`;
}

const addressPart = (name: string) =>
  name
    .normalize("NFKD")
    .replaceAll(/\p{M}+/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z]+/gu, ".");

function birthDate(random: Random, now: number): string {
  const years = choose(random, [
    [0.25, () => between(random, 6, 18)],
    [0.45, () => between(random, 18, 50)],
    [0.3, () => between(random, 50, 88)],
  ])();
  return new Date(now - years * 365.25 * DAY_MS).toISOString().slice(0, 10);
}

/** 7919 is prime and shares no factor with the span, so that no number comes twice in a clinic. */
const medicalRecordNumber = (random: Random, index: number) =>
  `${random() < 0.3 ? "MR-" : ""}${1_000_000 + ((index * 7919) % 9_000_000)}`;

function someOf(random: Random, labels: readonly SyntheticLabel[], count: number): string[] {
  const ids = new Set<string>();
  while (ids.size < Math.min(count, labels.length)) ids.add(pick(random, labels).id);
  return [...ids];
}

function reviewsOf(random: Random, clinic: SyntheticClinic, createdAt: number, now: number) {
  const count = choose(random, [
    [0.6, 0],
    [0.2, 1],
    [0.2, 2],
  ]);
  const times = Array.from({ length: count }, () => whole(random, Math.max(createdAt, now - 90 * DAY_MS), now));
  return times.toSorted((a, b) => b - a).map((time) => ({ clinicianId: clinic.admin.userId, time }));
}

function dataSourcesOf(random: Random, habits: Habits, createdAt: number): DataSource[] {
  const provider = choose(random, [
    [0.5, undefined],
    [0.36, "dexcom"],
    [0.1, "abbott"],
    [0.04, "twiist"],
  ]);
  if (provider === undefined) return [];
  const state = choose(random, [
    [0.72, "connected"],
    [0.1, "pending"],
    [0.07, "disconnected"],
    [0.06, "error"],
    [0.05, "pendingReconnect"],
  ]);
  const modifiedTime = new Date(Math.max(createdAt, habits.lastDataAt)).toISOString();
  if (state === "pending") {
    const expirationTime = new Date(Date.parse(modifiedTime) + 30 * DAY_MS).toISOString();
    return [{ providerName: provider, state, modifiedTime, expirationTime }];
  }
  return [
    {
      providerName: provider,
      state,
      dataSourceId: objectId(random, createdAt),
      modifiedTime,
      latestDataTime: new Date(habits.lastDataAt).toISOString(),
    },
  ];
}

/** How a person lives with diabetes, as far as it shows in the numbers. Glucose in mmol/L. */
export interface Habits {
  readonly glucose: number;
  /** How much higher the person's glucose was a month before. */
  readonly improvement: number;
  readonly variation: number;
  /** The share of the time the sensor is worn. */
  readonly wear: number;
  readonly minutesPerRecord: number;
  readonly fingersticksPerDay: number;
  readonly daysOfHistory: number;
  readonly lastDataAt: number;
}

function habitsOf(random: Random, createdAt: number, now: number): Habits {
  const ageInDays = choose(random, [
    [0.55, () => between(random, 0, 1)],
    [0.2, () => between(random, 1, 7)],
    [0.15, () => between(random, 7, 30)],
    [0.1, () => between(random, 30, 500)],
  ])();
  const lastDataAt = Math.floor(now - ageInDays * DAY_MS);
  return {
    glucose: clamp(normal(random, 8.7, 1.7), 5.4, 16),
    improvement: normal(random, 0.1, 0.7),
    variation: clamp(normal(random, 0.34, 0.06), 0.18, 0.55),
    wear: choose(random, [
      [0.76, () => between(random, 0.76, 0.99)],
      [0.16, () => between(random, 0.3, 0.76)],
      [0.08, () => between(random, 0.02, 0.3)],
    ])(),
    minutesPerRecord: random() < 0.85 ? 5 : 15,
    fingersticksPerDay: choose(random, [
      [0.5, () => between(random, 0.2, 1)],
      [0.35, () => between(random, 1, 4)],
      [0.15, () => between(random, 4, 8)],
    ])(),
    daysOfHistory:
      random() < 0.08
        ? between(random, 1, 60)
        : clamp((lastDataAt - createdAt) / DAY_MS + between(random, 30, 400), 60, 720),
    lastDataAt,
  };
}

/** The summaries of a person with these habits, of the given kinds, as the API takes them. */
export function syntheticSummary(
  random: Random,
  habits: Habits,
  types: readonly SummaryType[],
  now: number,
): PatientSummary | undefined {
  const row: Record<string, unknown> = { cgmSummaryId: null, bgmSummaryId: null };
  for (const type of types) {
    Object.assign(row, summaryHead(random, type, habits, now).columns);
    row[periodsColumn(type)] = PERIODS_OF[type](random, habits)
      .map(({ period, flags, values }) => `${period}\t${JSON.stringify([flags, values])}`)
      .join("\n");
  }
  return rebuildSummary(row as RowWithPeriods);
}

const SCHEMA_VERSION = 6;
const THRESHOLDS = { lowThreshold: 3.9, veryLowThreshold: 3, highThreshold: 10, veryHighThreshold: 13.9 };

/** The columns of a patient's row that describe a summary as a whole. */
function summaryHead(random: Random, type: SummaryType, habits: Habits, now: number) {
  const lastDataAt =
    type === "cgm" ? habits.lastDataAt : Math.floor(habits.lastDataAt - between(random, 0, 3) * DAY_MS);
  const lastUploadAt = Math.min(now, lastDataAt + whole(random, 1, 90) * MINUTE_MS);
  const lastUpdatedAt = Math.min(now, lastUploadAt + whole(random, 1, 5) * MINUTE_MS);
  const isOutdated = random() < 0.03;
  const { hasFirstData, hasLastData, hasLastUploadDate, hasOutdatedSince } = DATE_FLAGS;
  const head = {
    summaryId: objectId(random, lastDataAt),
    schemaVersion: SCHEMA_VERSION,
    ...THRESHOLDS,
    dateFlags: hasFirstData | hasLastData | hasLastUploadDate | (isOutdated ? hasOutdatedSince : 0),
    firstDataAt: Math.floor(lastDataAt - habits.daysOfHistory * DAY_MS),
    lastDataAt,
    lastUploadAt,
    lastUpdatedAt,
    outdatedSinceAt: isOutdated ? whole(random, lastUpdatedAt, now) : null,
    outdatedSinceLimitAt: null,
    lastUpdatedReason: '["UPLOAD_COMPLETED"]',
    outdatedReason: isOutdated ? '["DATA_ADDED"]' : "[]",
  };
  const columns: Partial<NewPatient> = Object.fromEntries(
    Object.entries(head).map(([name, value]) => [`${type}${name[0]!.toUpperCase()}${name.slice(1)}`, value]),
  );
  return { columns, lastUpdatedAt };
}

/** In the order of the table's primary key, so that rows are appended, not inserted. */
const PERIOD_DAYS = [14, 1, 30, 7];

const cgmPeriods = (random: Random, habits: Habits): SyntheticPeriod[] =>
  PERIOD_DAYS.map((days) => {
    const measured = (daysAgo: number) => {
      const covered = clamp(habits.daysOfHistory - daysAgo, 0, days);
      const wear = clamp(habits.wear + normal(random, 0, 0.12 / Math.sqrt(days)), 0.01, 1);
      const records = Math.round((covered * wear * 1440) / habits.minutesPerRecord);
      return measure(random, habits, { days, daysAgo, covered, wear, records });
    };
    return period("cgm", days, cgmValues(days, habits.minutesPerRecord, measured(0), measured(days)));
  });

const bgmPeriods = (random: Random, habits: Habits): SyntheticPeriod[] =>
  PERIOD_DAYS.map((days) => {
    const wear = clamp(habits.fingersticksPerDay / 2, 0.05, 1);
    const measured = (daysAgo: number) => {
      const covered = clamp(habits.daysOfHistory - daysAgo, 0, days);
      const records = Math.round(covered * habits.fingersticksPerDay * between(random, 0.75, 1.25));
      return measure(random, habits, { days, daysAgo, covered, wear, records });
    };
    return period("bgm", days, bgmValues(days, measured(0), measured(days)));
  });

const PERIODS_OF = { cgm: cgmPeriods, bgm: bgmPeriods } as const;

const RANGES = ["VeryLow", "Low", "AnyLow", "Target", "High", "VeryHigh", "ExtremeHigh", "AnyHigh"] as const;
type Range = (typeof RANGES)[number];

/** What was measured in one span of time, before anything is left out. */
interface Measurement {
  readonly records: number;
  readonly inRange: Readonly<Record<Range, number>>;
  readonly average: number;
  readonly deviation: number;
  readonly variation: number;
  readonly min: number;
  readonly max: number;
  readonly daysWithData: number;
  readonly hoursWithData: number;
}

const NOTHING: Measurement = {
  records: 0,
  inRange: { VeryLow: 0, Low: 0, AnyLow: 0, Target: 0, High: 0, VeryHigh: 0, ExtremeHigh: 0, AnyHigh: 0 },
  average: 0,
  deviation: 0,
  variation: 0,
  min: 0,
  max: 0,
  daysWithData: 0,
  hoursWithData: 0,
};

/** What a sensor can show, and between them the bounds of the ranges. */
const EDGES = [2.2, 3, 3.9, 10, 13.9, 22.2] as const;
const EXTREME_HIGH = 19.4;

function measure(
  random: Random,
  habits: Habits,
  span: { days: number; daysAgo: number; covered: number; wear: number; records: number },
): Measurement {
  const { days, daysAgo, covered, wear } = span;
  // Every period ends with the newest record: none is ever empty.
  const records = daysAgo === 0 ? Math.max(1, span.records) : span.records;
  if (records === 0) return NOTHING;
  const drift = (habits.improvement * daysAgo) / 30;
  const average = clamp(normal(random, habits.glucose + drift, 0.8 / Math.sqrt(days)), 4.5, 19);
  const variation = clamp(normal(random, habits.variation, 0.03), 0.12, 0.6);
  // Glucose is distributed log-normally, near enough.
  const sigma = Math.sqrt(Math.log(1 + variation ** 2));
  const mu = Math.log(average) - sigma ** 2 / 2;
  const below = (value: number) => Math.round(records * normalShare((Math.log(value) - mu) / sigma));
  const [veryLow, anyLow, upToTarget, upToHigh] = [below(3), below(3.9), below(10), below(13.9)];
  const inRange = {
    VeryLow: veryLow,
    Low: anyLow - veryLow,
    AnyLow: anyLow,
    Target: upToTarget - anyLow,
    High: upToHigh - upToTarget,
    VeryHigh: records - upToHigh,
    ExtremeHigh: records - Math.max(upToHigh, below(EXTREME_HIGH)),
    AnyHigh: records - upToTarget,
  };
  const reach = records === 1 ? 0 : Math.sqrt(2 * Math.log(records + 1)) * sigma;
  const counts = [inRange.VeryLow, inRange.Low, inRange.Target, inRange.High, inRange.VeryHigh];
  const lowest = counts.findIndex((count) => count > 0);
  const highest = counts.findLastIndex((count) => count > 0);
  const highFloor = inRange.ExtremeHigh > 0 ? EXTREME_HIGH : EDGES[highest]!;
  const min = rounded(clamp(Math.exp(mu - reach), EDGES[lowest]!, EDGES[lowest + 1]!), 2);
  const max = rounded(clamp(Math.exp(mu + reach), highFloor, EDGES[highest + 1]!), 2);
  const fullDays = Math.ceil(covered);
  return {
    records,
    inRange,
    average: rounded(clamp(average, min, max), 3),
    deviation: reach === 0 ? 0 : rounded(average * variation, 3),
    variation: reach === 0 ? 0 : rounded(variation, 4),
    min,
    max,
    daysWithData: clamp(Math.round(fullDays * (1 - (1 - wear) ** 3)), 1, Math.min(fullDays || 1, records)),
    hoursWithData: clamp(Math.round(covered * 24 * Math.min(1, wear * 1.05)), 1, Math.min(days * 24, records)),
  };
}

/** The share of a normal distribution below z: Abramowitz and Stegun 26.2.17, to seven digits. */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    0.3989422804 *
    Math.exp((-z * z) / 2) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
}

/** Value and delta of the statistics that are there. */
type PeriodValues = Map<string, readonly [value: number, delta: number | null]>;

/** Published gates: a share is shown only where enough was recorded to bear it. */
const CGM_USE_MIN = 0.7;
const CGM_MINUTES_MIN = 1440;
const BGM_SPREAD_RECORDS_MIN = 30;
const BGM_SPREAD_DAYS_MIN = 7;

function cgmValues(days: number, minutesPerRecord: number, current: Measurement, before: Measurement): PeriodValues {
  const values: PeriodValues = new Map();
  const minutes = (records: number) => records * minutesPerRecord;
  const use = ({ records }: Measurement) => minutes(records) / (days * 1440);
  const isEnough = (m: Measurement) =>
    m.records > 0 && (days === 1 ? use(m) > CGM_USE_MIN : minutes(m.records) > CGM_MINUTES_MIN);
  const hasUse = (m: Measurement) => m.records > 0 && use(m) > CGM_USE_MIN;
  const hasRecords = (m: Measurement) => m.records > 0;
  const put = putter(values, current, before);

  for (const range of RANGES) {
    put(`timeIn${range}Percent`, (m) => m.inRange[range] / m.records, isEnough);
    put(`timeIn${range}Minutes`, (m) => minutes(m.inRange[range]));
    put(`timeIn${range}Records`, (m) => m.inRange[range]);
  }
  put("timeCGMUsePercent", use, hasRecords);
  put("timeCGMUseMinutes", (m) => minutes(m.records));
  put("timeCGMUseRecords", (m) => m.records);
  put("averageGlucoseMmol", (m) => m.average, hasRecords);
  put("glucoseManagementIndicator", (m) => rounded((12.71 + 4.70587 * m.average) * 0.09148 + 2.152, 1), hasUse);
  put("averageDailyRecords", (m) => m.records / days);
  put("totalRecords", (m) => m.records);
  const spread = (name: string, of: (m: Measurement) => number) => {
    const delta = hasRecords(current) && hasRecords(before) ? rounded(of(current) - of(before), 4) : 0;
    values.set(name, [of(current), delta]);
  };
  spread("standardDeviation", (m) => m.deviation);
  spread("coefficientOfVariation", (m) => m.variation);
  put("min", (m) => m.min);
  put("max", (m) => m.max);
  put("daysWithData", (m) => m.daysWithData);
  put("hoursWithData", (m) => m.hoursWithData);
  return values;
}

function bgmValues(days: number, current: Measurement, before: Measurement): PeriodValues {
  const values: PeriodValues = new Map();
  const hasRecords = (m: Measurement) => m.records > 0;
  const put = putter(values, current, before);

  for (const range of RANGES) {
    put(`timeIn${range}Percent`, (m) => m.inRange[range] / m.records, hasRecords);
    put(`timeIn${range}Records`, (m) => m.inRange[range]);
  }
  put("averageGlucoseMmol", (m) => m.average, hasRecords);
  put("averageDailyRecords", (m) => m.records / days);
  put("totalRecords", (m) => m.records);
  if (current.records >= BGM_SPREAD_RECORDS_MIN && current.daysWithData >= BGM_SPREAD_DAYS_MIN) {
    put("standardDeviation", (m) => m.deviation);
    put("coefficientOfVariation", (m) => m.variation);
  }
  put("min", (m) => m.min);
  put("max", (m) => m.max);
  put("daysWithData", (m) => m.daysWithData);
  return values;
}

/** Sets a statistic where the current span bears it, and its delta where both spans do. */
function putter(values: PeriodValues, current: Measurement, before: Measurement) {
  return (name: string, of: (m: Measurement) => number, isShown: (m: Measurement) => boolean = () => true) => {
    if (!isShown(current)) return;
    const value = rounded(of(current), 4);
    values.set(name, [value, isShown(before) ? rounded(value - rounded(of(before), 4), 4) : null]);
  };
}

/** A period's row. A gated statistic has its flag when it is there, a counter when it is not zero. */
function period(type: SummaryType, days: number, values: PeriodValues): SyntheticPeriod {
  let flags = 0;
  FLAGGED[type].forEach((name, bit) => {
    const value = values.get(name)?.[0];
    const isSet = value !== undefined && (value !== 0 || GATED.test(name));
    if (isSet) flags += 2 ** bit;
  });
  return {
    period: `${days}d`,
    flags,
    values: STATISTICS[type].flatMap(({ name }) => values.get(name) ?? [null, null]),
  };
}

const GATED = /Percent$|^averageGlucoseMmol$|^glucoseManagementIndicator$/;
