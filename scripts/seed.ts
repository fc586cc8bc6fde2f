import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { getTableColumns, getTableName, type SQL, sql } from "drizzle-orm";
import { SQLiteSyncDialect, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { insertClinician } from "../src/features/clinicians/model/store.ts";
import { clinicDefaults, insertClinic } from "../src/features/clinics/model/store.ts";
import {
  clinicPatientTags,
  clinicSites,
  clinicShareCodes,
  clinics as clinicsTable,
} from "../src/features/tables/clinics.ts";
import { users } from "../src/platform/db/tables.ts";
import { PERIODS, patients as patientsTable } from "../src/features/tables/patients.ts";
import { endOfManyChanges } from "../src/features/patients/model/changes-store.ts";
import type { DataSource } from "../src/features/patients/model/record.ts";
import { siteNameKey } from "../src/features/sites/model/rules.ts";
import { insertSite } from "../src/features/sites/model/store.ts";
import { tagNameKey } from "../src/features/tags/model/rules.ts";
import { insertTag } from "../src/features/tags/model/store.ts";
import { keepCurrent } from "../src/platform/accounts/own-directory-store.ts";
import { commandLine, giveUp, refuse, wholeNumber } from "./command-line.ts";
import { DeviceUploads } from "./device-uploads.ts";
import { localKeys } from "./local-keys.ts";
import { openLocalDatabase } from "./local-database.ts";
import { usableState } from "./local-state.ts";
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
import { migrateLocally } from "./wrangler.ts";

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
/** A server that is running waits for one batch at most. */
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

interface Insertion {
  readonly statement: StatementSync;
  readonly members: readonly string[];
}

/**
 * The file of the database that the local server reads. Rows are written past it: each value that goes through the server's
 * database is unpacked from JSON on its way, which takes most of the time.
 */
class Rows {
  readonly #database: DatabaseSync;
  readonly #dialect = new SQLiteSyncDialect();
  readonly #insertions = new Map<SQLiteTable, Insertion>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    // Clinics are made from thousands of pages: they stay in memory, and reach the file in few steps.
    database.exec("PRAGMA cache_size = -200000; PRAGMA wal_autocheckpoint = 20000");
  }

  /** Everything that is written inside is there together, or nothing of it. */
  together(write: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      write();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  run(statements: readonly SQL[]): void {
    for (const statement of statements) {
      const { sql: text, params } = this.#dialect.sqlToQuery(statement);
      this.#database.prepare(text).run(...(params as SQLInputValue[]));
    }
  }

  count(table: SQL): number {
    const { sql: text } = this.#dialect.sqlToQuery(sql`SELECT count(*) AS n FROM ${table}`);
    return Number(this.#database.prepare(text).get()?.["n"]);
  }

  /** The key of the row. All rows of a table have the members of its first one. */
  insert(table: SQLiteTable, values: Readonly<Record<string, unknown>>): number | bigint {
    const known = this.#insertions.get(table) ?? this.#insertion(table, Object.keys(values));
    return known.statement.run(...known.members.map((member) => (values[member] ?? null) as SQLInputValue))
      .lastInsertRowid;
  }

  /** The same with a value for every column, in their order: of a row of a hundred numbers no object is made. */
  insertWhole(table: SQLiteTable, values: readonly SQLInputValue[]): void {
    const known = this.#insertions.get(table) ?? this.#insertion(table, Object.keys(getTableColumns(table)));
    known.statement.run(...values);
  }

  #insertion(table: SQLiteTable, wanted: readonly string[]): Insertion {
    const columns = Object.entries(getTableColumns(table)).filter(([member]) => wanted.includes(member));
    const columnNames = columns.map(([, { name }]) => name).join(", ");
    const places = columns.map(() => "?").join(", ");
    const statement = this.#database.prepare(`INSERT INTO ${getTableName(table)} (${columnNames}) VALUES (${places})`);
    const made = { statement, members: columns.map(([member]) => member) };
    this.#insertions.set(table, made);
    return made;
  }
}

/** Returns the ids of the patients that were made, as many as readings are for. */
function seed(into: Rows): string[] {
  const now = Date.now();
  const started = performance.now();
  // Codes are never removed: how many there are tells a new clinic from all that were ever made in this database.
  const firstNumber = into.count(sql`${clinicShareCodes}`);
  const clinics: SyntheticClinic[] = [];
  const measured: string[] = [];
  const progress = progressOf("patients", clinicCount * patientCount);
  for (let number = firstNumber; number < firstNumber + clinicCount; number++) {
    const random = randomOf(`${seedText} ${number}`);
    const clinic = syntheticClinic(random, number, now);
    into.together(() => into.run(insertWholeClinic(clinic)));
    clinics.push(clinic);
    for (let from = 0; from < patientCount; from += PATIENTS_PER_BATCH) {
      const size = Math.min(PATIENTS_PER_BATCH, patientCount - from);
      const patients = Array.from({ length: size }, (_, i) =>
        syntheticPatient(random, clinic, number, from + i, patientCount, now),
      );
      into.together(() => insertPatients(into, clinic.id, patients));
      if (readingCount > 0) measured.push(...patients.map(({ user }) => user.id));
      progress.add(size);
    }
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

/** The patients and every number that is kept of them. A seeding that stops half-way leaves no miscount. */
function insertPatients(into: Rows, clinicId: string, patients: readonly SyntheticPatient[]): void {
  into.run([sql`INSERT INTO _many_changes (n) VALUES (1)`]);
  for (const { row, user, periods } of patients) {
    into.insert(users, userRow(user, row.createdAt));
    const patientKey = into.insert(patientsTable, { ...row });
    for (const type of ["cgm", "bgm"] as const) {
      for (const { period, flags, values } of periods[type]) {
        into.insertWhole(PERIODS[type], [patientKey, period, flags, ...values]);
      }
    }
  }
  const plan = patients.reduce((sum, { row }) => sum + row.countsToPlan, 0);
  into.run([
    ...endOfManyChanges(sql`SELECT ${clinicId} AS id`),
    sql`UPDATE ${clinicsTable} SET patient_total = patient_total + ${patients.length}, patient_plan = patient_plan + ${plan}
        WHERE ${clinicsTable.id} = ${clinicId}`,
    countTags(clinicId, tally(patients.flatMap(({ tags }) => tags))),
    countSites(clinicId, tally(patients.flatMap(({ sites }) => sites))),
    countProviders(
      clinicId,
      patients.flatMap(({ dataSources }) => dataSources),
    ),
  ]);
}

const userRow = (user: SyntheticPatient["user"], createdAt: number) => ({
  id: user.id,
  email: user.email,
  emailVerified: user.isCustodial ? 0 : 1,
  name: user.isCustodial ? null : user.name,
  roles: user.isCustodial ? '["custodial_account","patient"]' : "[]",
  isCustodial: user.isCustodial ? 1 : 0,
  createdAt,
  updatedAt: createdAt,
});

/** `entry.value ->> 0, entry.value ->> 1, …`: the members of a JSON list as columns. */
const members = (count: number): SQL =>
  sql.raw(Array.from({ length: count }, (_, i) => `entry.value ->> ${i}`).join(", "));

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

const database = openLocalDatabase(state, { readOnly: false });
let userIds: readonly string[];
try {
  userIds = seed(new Rows(database));
} finally {
  database.close();
}
preparing.release();
if (port !== undefined) {
  const token = await (await localKeys(state)).signService("seed");
  await sendReadings(new DeviceUploads(`http://127.0.0.1:${port}`, token), userIds, readingCount, seedText);
}
