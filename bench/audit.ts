import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { getPlatformProxy, unstable_readConfig } from "wrangler";
import { openLocalDatabase } from "../scripts/local-database.ts";
import { type LocalState, localState, ROOT } from "../scripts/local-state.ts";
import { migrateLocally, offline } from "../scripts/wrangler.ts";
import type { QueuedAccess } from "../src/platform/audit/audit-store.ts";
import { recordAccesses } from "../src/platform/audit/consumer.ts";
import { dayOf } from "../src/platform/audit/days.ts";
import { findAccesses } from "../src/platform/audit/find-accesses.ts";
import { indexPatients } from "../src/platform/audit/index-patients.ts";
import { pack } from "../src/platform/audit/packed-ids.ts";
import { PARTS, partOfRow, postingsOf, RANGE_SIZE } from "../src/platform/audit/postings.ts";
import { seal } from "../src/platform/audit/seal.ts";
import { Db } from "../src/platform/db/client.ts";
import type { Measured } from "./goals.ts";

/** What this part is called among the scenarios. */
export const AUDIT_NAME = "audit trail";
/** The databases it keeps: one with all the accesses, and one that pages are written to. */
export const AUDIT_PARTS = ["audit", "audit-pages"] as const;

export interface AuditSizes {
  /** Accesses of 90 days. */
  readonly accesses: number;
  /** Pages of 50 patients that are written. */
  readonly pages: number;
}

export interface AuditFigures {
  readonly accesses: number;
  readonly found: readonly { readonly entries: number; readonly rowsRead: number; readonly roundTrips: number }[];
  readonly pages: number;
  readonly rowsEach: number;
  readonly bytesEach: number;
  readonly sweepRoundTrips: number;
  readonly measured: Measured;
}

/** What the data is made of: another figure makes it again. */
const RECIPE = "1";
const DAYS = 90;
const DAY_MS = 86_400_000;
/** The end of the 90 days. */
const END = Date.UTC(2026, 9, 1);
const PAGE = 50;
/** One in so many accesses is a page, the others are about one patient. */
const ACCESSES_PER_PAGE = 50;
/** So often each is named, half of it on pages. */
const ACCESSES_PER_PATIENT = 100;
/** Not yet indexed: one fewer than are indexed together. */
const UNINDEXED = 159;
const LOOKED_FOR = 20;
/** What the consumer gets at a time, at most. */
const DELIVERY = 100;

const hexOf = (n: number, digits: number): string => n.toString(16).padStart(digits, "0");
/** Enough people for each to be named so often. */
const patientsOf = (count: number): number =>
  Math.ceil((count * (1 + PAGE / ACCESSES_PER_PAGE)) / ACCESSES_PER_PATIENT);
/** A UUID as the service makes them: nothing in it tells which number it has. */
function userIdOf(n: number): string {
  const digits = createHash("md5").update(String(n)).digest("hex");
  return [0, 8, 12, 16, 20].map((from, i, all) => digits.slice(from, all[i + 1] ?? 32)).join("-");
}
const clinicIdOf = (n: number): string => hexOf(0x6a0000000000 + n * 7919, 24);

/** Numbers that are spread evenly, the same at each run. */
function spread(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Opened {
  readonly trail: () => Db;
  readonly close: () => Promise<void>;
}

/** The trail's database as the Worker has it, so that rows are counted as D1 counts them. */
async function open(state: LocalState): Promise<Opened> {
  const { d1_databases, compatibility_date } = unstable_readConfig({ config: path.join(ROOT, "wrangler.toml") });
  const configPath = path.join(state.persistTo, `trail-${process.pid}.json`);
  writeFileSync(configPath, JSON.stringify({ name: "trail", compatibility_date, d1_databases }));
  try {
    Object.assign(process.env, offline(state));
    const { env, dispose } = await getPlatformProxy<{ AUDIT_DB: D1Database }>({
      configPath,
      persist: { path: path.join(state.persistTo, "v3") },
      envFiles: [],
    });
    return { trail: () => new Db(env.AUDIT_DB), close: dispose };
  } finally {
    rmSync(configPath);
  }
}

/** An empty trail. */
async function fresh(state: LocalState): Promise<void> {
  rmSync(state.persistTo, { recursive: true, force: true });
  mkdirSync(state.persistTo, { recursive: true });
  const { status, output } = await migrateLocally(state);
  if (status !== 0) throw new Error(`the trail could not be migrated\n${output}`);
}

const INDEXES = ["accesses_once", "accesses_of_a_clinic", "accesses_of_an_actor"];

/** Fills the trail past the service: accesses in the order of their time, their postings, and a row for each day. */
function fill(database: DatabaseSync, count: number): void {
  const below = spread(1);
  const patients = patientsOf(count);
  const userIds = Array.from({ length: patients }, (_, n) => userIdOf(n));
  const requestIds = Array.from({ length: 1000 }, (_, n) => userIdOf(-1 - n));
  const begin = END - DAYS * DAY_MS;
  const indexes = INDEXES.map(
    (name) => (database.prepare("SELECT sql FROM sqlite_master WHERE name = ?").get(name) as { sql: string }).sql,
  );
  database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000");
  for (const name of INDEXES) database.exec(`DROP INDEX ${name}`);
  const insert = database.prepare(
    `INSERT INTO accesses VALUES (?, unhex(?), ?, ?, 'person', ?, ?, ?, 'read', unhex(substr(?, 2)))`,
  );
  const post = database.prepare("INSERT INTO patient_postings VALUES (?, unhex(?))");
  const isIndexed = (seq: number) => seq <= count - UNINDEXED;
  let postable: { seq: number; patientIds: string[] }[] = [];
  const byRow = new Map<number, string[]>();
  const postRange = (range: number) => {
    for (const [id, digits] of postingsOf(postable)) byRow.set(id, [...(byRow.get(id) ?? []), digits]);
    postable = [];
    const isOver = (range + 1) * RANGE_SIZE <= count - UNINDEXED;
    const rows = new Map<number, string>();
    for (const [id, digits] of byRow) {
      // Rows of a range that is over are one, at the number of the first.
      const part = partOfRow(id);
      const first = isOver ? id - (part % PARTS) : id;
      rows.set(first, (rows.get(first) ?? "") + digits.join(""));
    }
    byRow.clear();
    for (const [id, digits] of rows) post.run(id, digits);
  };
  database.exec("BEGIN");
  for (let seq = 1; seq <= count; seq++) {
    const at = begin + Math.floor((seq / (count + 1)) * DAYS * DAY_MS);
    const isPage = seq % ACCESSES_PER_PAGE === 0;
    const patientIds = Array.from({ length: isPage ? PAGE : 1 }, () => userIds[below(patients)]!);
    const actor = below(20_000);
    insert.run(
      seq,
      hexOf(Math.floor(at / 1000), 8) + hexOf(seq, 16),
      at,
      requestIds[seq % requestIds.length]!,
      userIds[actor % patients]!,
      isPage ? "ListPatients" : "GetPatient",
      clinicIdOf(actor % 2000),
      pack(patientIds),
    );
    if (isIndexed(seq)) postable.push({ seq, patientIds });
    if (seq % RANGE_SIZE === RANGE_SIZE - 1) postRange(Math.floor(seq / RANGE_SIZE));
  }
  postRange(Math.floor(count / RANGE_SIZE));
  const day = database.prepare("INSERT INTO audit_days VALUES (?, ?, ?, ?, '', ?, 1, 0, ?, NULL)");
  let last = 0;
  for (let n = 1; n < DAYS; n++) {
    const first = last + 1;
    last = Math.floor((n / DAYS) * count);
    day.run(dayOf(begin + (n - 1) * DAY_MS), first, last, last - first + 1, last, END);
  }
  database.prepare("UPDATE progress SET upto = ? WHERE name = 'indexed'").run(count - UNINDEXED);
  database
    .prepare("UPDATE progress SET upto = ? WHERE name = 'merged'")
    .run(Math.floor((count - UNINDEXED + 1) / RANGE_SIZE));
  for (const statement of indexes) database.exec(statement);
  database.exec("COMMIT; PRAGMA journal_mode = WAL");
}

/** The trail of 90 days, made once and kept for the next run. */
async function filled(state: LocalState, count: number, tell: (line: string) => void): Promise<void> {
  const done = path.join(state.persistTo, "bench-data.json");
  const folder = path.join(ROOT, "migrations", "audit");
  const migrations = readdirSync(folder)
    .toSorted()
    .map((file) => readFileSync(path.join(folder, file), "utf8"));
  const recipe = JSON.stringify([RECIPE, createHash("sha256").update(migrations.join()).digest("hex"), count]);
  if (existsSync(done) && readFileSync(done, "utf8") === recipe) return;
  const started = performance.now();
  await fresh(state);
  const database = openLocalDatabase(state, { readOnly: false, of: "trail" });
  fill(database, count);
  database.close();
  writeFileSync(done, recipe);
  tell(`filled a trail with ${count} accesses in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

/** Rows read to find everything that is known of a patient of 90 days, for some patients. */
async function lookFor({ trail }: Opened, count: number): Promise<AuditFigures["found"]> {
  const patients = patientsOf(count);
  const found: AuditFigures["found"][number][] = [];
  for (let n = 0; n < LOOKED_FOR; n++) {
    const patientId = userIdOf(Math.floor((n / LOOKED_FOR) * patients));
    const db = trail();
    let entries = 0;
    let cursor: string | undefined;
    do {
      const page = await findAccesses(db, { patientId, from: END - DAYS * DAY_MS, limit: 100, cursor });
      entries += page.entries.length;
      ({ cursor } = page);
    } while (cursor !== undefined);
    found.push({ entries, rowsRead: db.usage.rowsRead, roundTrips: db.usage.calls });
  }
  return found;
}

/** Writes pages as the consumer does, with the sweeps of every minute: rows written, and how much room all of it takes. */
async function writePages(state: LocalState, pages: number) {
  await fresh(state);
  const opened = await open(state);
  const below = spread(2);
  const userIds = Array.from({ length: 50_000 }, (_, n) => userIdOf(n));
  const consumer = opened.trail();
  const sweeps = opened.trail();
  try {
    for (let written = 0; written < pages; written += DELIVERY) {
      const at = END + written * 800;
      const delivery = Array.from({ length: DELIVERY }, (_, i): QueuedAccess => {
        const actor = below(5000);
        return {
          v: 1,
          id: hexOf(Math.floor(at / 1000), 8) + hexOf(below(2 ** 32), 10) + hexOf(written + i, 6),
          at: at + i * 800,
          requestId: userIdOf(-written - i),
          actorKind: "person",
          actorId: userIds[actor]!,
          operation: "ListPatients",
          clinicId: clinicIdOf(actor % 500),
          patientIds: Array.from({ length: PAGE }, () => userIds[below(userIds.length)]!),
          outcome: "read",
        };
      });
      await recordAccesses(consumer, delivery);
      await indexPatients({ trail: sweeps });
      await seal({ trail: sweeps, now: at + DELIVERY * 800 });
    }
  } finally {
    await opened.close();
  }
  const database = openLocalDatabase(state, { readOnly: true, of: "trail" });
  const { bytes } = database
    .prepare(
      "SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
    )
    .get() as { bytes: number };
  database.close();
  return {
    rowsEach: (consumer.usage.rowsWritten + sweeps.usage.rowsWritten) / pages,
    bytesEach: bytes / pages,
    sweepRoundTrips: sweeps.usage.calls,
  };
}

/** What the audit trail costs: finding a patient's accesses, and writing pages of patients. */
export async function benchAudit(
  base: string,
  { accesses, pages }: AuditSizes,
  tell: (line: string) => void,
): Promise<AuditFigures> {
  const [state, pagesState] = AUDIT_PARTS.map((part) => localState(path.join(base, part))) as [LocalState, LocalState];
  await filled(state, accesses, tell);
  const opened = await open(state);
  const found = await lookFor(opened, accesses).finally(opened.close);
  const auditFindRows = Math.max(...found.map(({ rowsRead }) => rowsRead));
  tell(`${auditFindRows} rows  ${AUDIT_NAME}, who looked at a patient`);
  const written = await writePages(pagesState, pages);
  tell(`${written.rowsEach.toFixed(2)} rows, ${written.bytesEach.toFixed(0)} bytes  ${AUDIT_NAME}, a page`);
  const measured = { auditFindRows, auditPageRows: written.rowsEach, auditPageBytes: written.bytesEach };
  return { accesses, found, pages, ...written, measured };
}

/** The figures as lines. */
export const describeAudit = ({ accesses, found, pages, rowsEach, bytesEach }: AuditFigures): string =>
  [
    `Who looked at a patient in ${DAYS} days, among ${accesses} accesses`,
    ...found.map(
      ({ entries, rowsRead, roundTrips }) => `${rowsRead} rows, ${roundTrips} round trips  ${entries} entries`,
    ),
    `${pages} pages of ${PAGE} patients: ${rowsEach.toFixed(2)} rows and ${bytesEach.toFixed(0)} bytes each`,
  ].join("\n");
