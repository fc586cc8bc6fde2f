import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { getPlatformProxy, unstable_readConfig } from "wrangler";
import { insertClinician } from "../src/features/clinicians/model/store.ts";
import { clinicDefaults, insertClinic } from "../src/features/clinics/model/store.ts";
import { Db } from "../src/platform/db/client.ts";
import { columnNames } from "../src/platform/db/columns.ts";
import {
  clinicPatientTags,
  clinicSites,
  clinicShareCodes,
  clinics as clinicsTable,
} from "../src/features/tables/clinics.ts";
import { PERIODS, patients as patientsTable } from "../src/features/tables/patients.ts";
import type { DataSource } from "../src/features/patients/model/record.ts";
import { siteNameKey } from "../src/features/sites/model/rules.ts";
import { insertSite } from "../src/features/sites/model/store.ts";
import type { SummaryType } from "../src/features/summaries/model/statistics.ts";
import { tagNameKey } from "../src/features/tags/model/rules.ts";
import { insertTag } from "../src/features/tags/model/store.ts";
import { keepCurrent } from "../src/platform/accounts/own-directory-store.ts";
import { commandLine, giveUp, refuse, wholeNumber } from "./command-line.ts";
import { DeviceUploads } from "./device-uploads.ts";
import { localKeys } from "./local-keys.ts";
import { type LocalState, ROOT, usableState } from "./local-state.ts";
import { progressOf } from "./progress.ts";
import { sendReadings } from "./seed-readings.ts";
import {
  randomOf,
  type SyntheticClinic,
  type SyntheticPatient,
  syntheticClinic,
  syntheticPatient,
} from "./synthetic.ts";
import { lockOrGiveUp, runningServer } from "./state-lock.ts";
import { migrateLocally, offline } from "./wrangler.ts";

const USAGE = `Fills the local database with invented clinics whose patients have full CGM and BGM summaries.
What is there already stays. A server may be running; it sees the clinics at once.

  npm run seed -- [--clinics N] [--patients N] [--readings N] [--seed TEXT] [--state DIR]

  --clinics N   how many clinics (default 1)
  --patients N  how many patients each clinic has (default 1000)
  --readings N  also sends N readings of sensors through the API of the running server: to all of these patients alike, but
                a day of them (288) to each at least, as far as they go; up to now, every five minutes. The CGM summary of
                who gets readings is calculated from them. Ends with 1 when the server refuses any
  --seed TEXT   another text gives other clinics and readings (default "clinics")
  --state DIR   state directory of the server (default .wrangler)`;

const CLINICS_MAX = 10_000;
const PATIENTS_MAX = 1_000_000;
const READINGS_MAX = 100_000_000;
/** Keeps every JSON parameter well under the database's limit of 2 MB. */
const PATIENTS_PER_BATCH = 250;
const CLINICS_LISTED_MAX = 20;

const given = commandLine(USAGE, {
  clinics: { type: "string" },
  patients: { type: "string" },
  readings: { type: "string" },
  seed: { type: "string" },
  state: { type: "string" },
});
const clinicCount = wholeNumber("clinics", given.clinics, { fallback: 1, min: 1, max: CLINICS_MAX, usage: USAGE });
const patientCount = wholeNumber("patients", given.patients, {
  fallback: 1000,
  min: 0,
  max: PATIENTS_MAX,
  usage: USAGE,
});
const readingCount = wholeNumber("readings", given.readings, { fallback: 0, min: 1, max: READINGS_MAX, usage: USAGE });
if (readingCount > 0 && patientCount === 0) refuse("--readings needs patients: --patients is 0", USAGE);
const seedText = given.seed ?? "clinics";
const state = usableState(given.state);

/**
 * The database that the local server reads. It is opened under a configuration that binds nothing else: the Worker's
 * own would start queues, and warn of a class that only the Worker has.
 */
async function openDatabase(state: LocalState): Promise<{ database: D1Database; close: () => Promise<void> }> {
  const { d1_databases, compatibility_date } = unstable_readConfig({ config: path.join(ROOT, "wrangler.toml") });
  const configPath = path.join(state.persistTo, `database-${process.pid}.json`);
  mkdirSync(state.persistTo, { recursive: true });
  writeFileSync(configPath, JSON.stringify({ name: "seed", compatibility_date, d1_databases }));
  try {
    Object.assign(process.env, offline(state));
    const { env, dispose } = await getPlatformProxy<{ DB: D1Database }>({
      configPath,
      // wrangler dev and d1 add this themselves to what --persist-to names.
      persist: { path: path.join(state.persistTo, "v3") },
      envFiles: [],
    });
    return { database: env.DB, close: dispose };
  } finally {
    rmSync(configPath);
  }
}

/** Returns the ids of the patients that were made, as many as readings are for. */
async function seed(db: Db): Promise<string[]> {
  const now = Date.now();
  const started = performance.now();
  // Codes are never removed: how many there are tells a new clinic from all that were ever made in this database.
  const [codes] = await db.batch([sql`SELECT count(*) AS n FROM ${clinicShareCodes}`]);
  const firstNumber = Number(codes?.[0]?.n ?? 0);
  const clinics: SyntheticClinic[] = [];
  const measured: string[] = [];
  const progress = progressOf("patients", clinicCount * patientCount);
  for (let number = firstNumber; number < firstNumber + clinicCount; number++) {
    const random = randomOf(`${seedText} ${number}`);
    const clinic = syntheticClinic(random, number, now);
    await db.batch(insertWholeClinic(clinic));
    clinics.push(clinic);

    let writing: Promise<unknown> = Promise.resolve();
    for (let from = 0; from < patientCount; from += PATIENTS_PER_BATCH) {
      const size = Math.min(PATIENTS_PER_BATCH, patientCount - from);
      const patients = Array.from({ length: size }, (_, i) =>
        syntheticPatient(random, clinic, number, from + i, patientCount, now),
      );
      const statements = insertPatients(clinic.id, patients);
      if (readingCount > 0) measured.push(...patients.map(({ user }) => user.id));
      // One batch is made while the one before it is written.
      await writing;
      writing = db.batch(statements).then(() => progress.add(size));
    }
    await writing;
  }
  progress.end();

  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const listed = clinics.slice(0, CLINICS_LISTED_MAX);
  console.log(`Clinics: ${clinicCount}, patients in each: ${patientCount}, seconds: ${seconds}\n`);
  for (const { id, name, admin } of listed) console.log(`  clinic ${id}   admin ${admin.userId}   ${name}`);
  if (clinics.length > listed.length) console.log(`  … and ${clinics.length - listed.length} more`);
  console.log(`\n  npm run -s token -- --user ${clinics[0]?.admin.userId}${state.flag}`);
  return measured;
}

function insertWholeClinic(clinic: SyntheticClinic): SQL[] {
  const { id, name, address, city, state, postalCode, timezone, shareCode, createdAt, tags, sites, admin } = clinic;
  return [
    ...insertClinic({
      ...clinicDefaults,
      id,
      name,
      address,
      city,
      state,
      postalCode,
      country: "US",
      clinicType: "healthcare_system",
      clinicSize: "1000+",
      timezone,
      preferredBgUnits: "mg/dL",
      shareCode,
      // The tier with every view and without a limit of patients.
      tier: "tier0400",
      createdAt,
      updatedAt: createdAt,
    }),
    ...tags.map((tag) => insertTag(id, { ...tag, nameKey: tagNameKey(tag.name), numPatients: 0 })),
    ...sites.map((site) => insertSite(id, { ...site, nameKey: siteNameKey(site.name), numPatients: 0 })),
    ...keepCurrent(
      {
        kind: "person",
        id: admin.userId,
        email: admin.email,
        emailVerified: true,
        name: admin.name,
        identityProvider: undefined,
      },
      createdAt,
    ),
    insertClinician({
      id: admin.id,
      clinicId: id,
      userId: admin.userId,
      inviteId: null,
      email: admin.email,
      name: admin.name,
      roles: '["CLINIC_ADMIN"]',
      isServiceAccount: 0,
      createdAt,
      updatedAt: createdAt,
    }),
  ];
}

/** One batch: the patients and every number that is kept of them. A seeding that stops half-way leaves no miscount. */
function insertPatients(clinicId: string, patients: readonly SyntheticPatient[]): SQL[] {
  const columns = Object.entries(getTableColumns(patientsTable)).filter(([name]) => name !== "key");
  const rows = patients.map(({ row }) => columns.map(([name]) => row[name as keyof typeof row]));
  const total = patients.length;
  const plan = patients.reduce((sum, { row }) => sum + row.countsToPlan, 0);
  return [
    insertUsers(patients),
    sql`INSERT INTO ${patientsTable} (${names(columns.map(([, column]) => column.name))})
        SELECT ${members(columns.length)} FROM json_each(${JSON.stringify(rows)}) AS entry`,
    insertPeriods(clinicId, "cgm", patients),
    insertPeriods(clinicId, "bgm", patients),
    sql`UPDATE ${clinicsTable} SET patient_total = patient_total + ${total}, patient_plan = patient_plan + ${plan}
        WHERE ${clinicsTable.id} = ${clinicId}`,
    countTags(clinicId, tally(patients.flatMap(({ tags }) => tags))),
    countSites(clinicId, tally(patients.flatMap(({ sites }) => sites))),
    countProviders(
      clinicId,
      patients.flatMap(({ dataSources }) => dataSources),
    ),
  ];
}

const names = (columns: readonly string[]): SQL =>
  sql.join(
    columns.map((column) => sql.identifier(column)),
    sql`, `,
  );

/** `entry.value ->> 0, entry.value ->> 1, …`: the members of a JSON list as columns. */
const members = (count: number, from = 0): SQL =>
  sql.raw(Array.from({ length: count }, (_, i) => `entry.value ->> ${from + i}`).join(", "));

function insertUsers(patients: readonly SyntheticPatient[]): SQL {
  const rows = patients.map(({ user, row }) =>
    user.isCustodial
      ? [user.id, user.email, 0, null, '["custodial_account","patient"]', 1, row.createdAt]
      : [user.id, user.email, 1, user.name, "[]", 0, row.createdAt],
  );
  return sql`INSERT INTO users (id, email, email_verified, name, roles, is_custodial, created_at, updated_at)
             SELECT ${members(7)}, entry.value ->> 6 FROM json_each(${JSON.stringify(rows)}) AS entry`;
}

/** The periods of the patients, which hang on the keys that the database has just given them. */
function insertPeriods(clinicId: string, type: SummaryType, patients: readonly SyntheticPatient[]): SQL {
  const table = PERIODS[type];
  const rows = patients.flatMap(({ row, periods }) =>
    periods[type].map(({ period, flags, values }) => [row.userId, period, flags, ...values]),
  );
  return sql`INSERT INTO ${table} (${columnNames(table)})
             SELECT (SELECT key FROM ${patientsTable} WHERE clinic_id = ${clinicId} AND user_id = entry.value ->> 0),
               ${members(Object.keys(getTableColumns(table)).length - 1, 1)}
             FROM json_each(${JSON.stringify(rows)}) AS entry`;
}

/** How often each text comes. */
function tally(texts: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts];
}

const countTags = (clinicId: string, counts: readonly (readonly [string, number])[]): SQL =>
  sql`UPDATE ${clinicPatientTags} SET num_patients = num_patients + (entry.value ->> 1)
      FROM json_each(${JSON.stringify(counts)}) AS entry
      WHERE ${clinicPatientTags.clinicId} = ${clinicId} AND ${clinicPatientTags.id} = entry.value ->> 0`;

const countSites = (clinicId: string, counts: readonly (readonly [string, number])[]): SQL =>
  sql`UPDATE ${clinicSites} SET num_patients = num_patients + (entry.value ->> 1)
      FROM json_each(${JSON.stringify(counts)}) AS entry
      WHERE ${clinicSites.clinicId} = ${clinicId} AND ${clinicSites.id} = entry.value ->> 0`;

function countProviders(clinicId: string, dataSources: readonly DataSource[]): SQL {
  const counts = tally(dataSources.map(({ providerName, state }) => JSON.stringify([providerName, state])));
  const rows = counts.map(([key, n]) => [...(JSON.parse(key) as string[]), n]);
  return sql`INSERT INTO clinic_provider_counts (clinic_id, provider, state, n)
             SELECT ${clinicId}, ${members(3)} FROM json_each(${JSON.stringify(rows)}) AS entry WHERE true
             ON CONFLICT (clinic_id, provider, state) DO UPDATE SET n = n + excluded.n`;
}

const { port } = (readingCount > 0 && runningServer(state)) || {};
if (readingCount > 0 && port === undefined) giveUp("Readings are sent through the server: start npm run dev first.");
const preparing = lockOrGiveUp(state, "database");
const migrated = await migrateLocally(state);
if (migrated.status !== 0) giveUp(`The local database could not be migrated.\n\n${migrated.output}`);

const { database, close } = await openDatabase(state);
let userIds: readonly string[];
try {
  userIds = await seed(new Db(database));
} finally {
  await close();
}
preparing.release();
if (port !== undefined) {
  const token = await (await localKeys(state)).signService("seed");
  await sendReadings(new DeviceUploads(`http://127.0.0.1:${port}`, token), userIds, readingCount, seedText);
}
