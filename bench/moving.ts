import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openLocalDatabase } from "../scripts/local-database.ts";
import type { LocalState } from "../scripts/local-state.ts";

/** What it takes to copy a clinic from one database into another one with the same tables. */
export interface MovingFigures {
  readonly patients: number;
  readonly rows: number;
  /** As D1 counts them, each entry of an index being one: at most so many, as some indexes leave rows out. */
  readonly rowsWrittenMax: number;
  readonly bytes: number;
  readonly batches: number;
  readonly longestBatchMs: number;
  readonly seconds: number;
}

const PATIENTS_A_BATCH = 500;

/**
 * Copies what belongs to a clinic into a state of its own, in transactions of some patients each, as a move would between two
 * databases: all tables that have its id or the key of a patient. The triggers rest meanwhile. Accounts, which would stay where
 * they are, are copied after it, so that the clinic can be served alone. No server may be running.
 */
export function benchMoving(
  state: LocalState,
  to: LocalState,
  clinicId: string,
  tell: (line: string) => void,
): MovingFigures {
  const source = openLocalDatabase(state, { readOnly: true });
  const schema = source
    .prepare(
      "SELECT type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'",
    )
    .all() as { type: string; sql: string }[];
  const { file } = source.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'").get() as {
    file: string;
  };
  source.close();
  rmSync(to.persistTo, { recursive: true, force: true });
  // What else is kept is as small in either.
  cpSync(state.persistTo, to.persistTo, { recursive: true, filter: (from) => !from.startsWith(file) });
  const database = new DatabaseSync(path.join(to.persistTo, path.relative(state.persistTo, file)));
  const make = (isWanted: (type: string) => boolean) => {
    for (const { type, sql } of schema) if (isWanted(type)) database.exec(sql);
  };
  const isStored = (type: string) => type === "table" || type === "index";
  try {
    make(isStored);
    database.exec(`PRAGMA journal_mode = WAL; ATTACH '${file.replaceAll("'", "''")}' AS theirs`);
    const tables = tablesOf(database);
    const started = performance.now();
    let [rows, rowsWrittenMax, batches, longestBatchMs, patients] = [0, 0, 0, 0, 0];
    const batch = (copies: readonly (() => readonly [number, number])[]) => {
      const began = performance.now();
      database.exec("BEGIN; PRAGMA defer_foreign_keys = ON");
      for (const copy of copies) {
        const [n, written] = copy();
        rows += n;
        rowsWrittenMax += written;
      }
      database.exec("COMMIT");
      batches += 1;
      longestBatchMs = Math.max(longestBatchMs, performance.now() - began);
    };
    const copied = ({ name, indexes }: Table, where: string, ...values: (string | number)[]) => {
      const sql = `INSERT INTO main.${name} SELECT * FROM theirs.${name} WHERE ${where}`;
      const n = Number(database.prepare(sql).run(...values).changes);
      return [n, n * (1 + indexes)] as const;
    };
    const whole = tables.filter(({ by }) => by === "clinic_id");
    const ofClinic = [{ name: "clinics", indexes: 0, by: "id" }, ...whole];
    const ofPatients = tables.filter(({ by }) => by !== "clinic_id");
    const copyClinic = (id: string) => batch(ofClinic.map((it) => () => copied(it, `${it.by} = ?`, id)));
    const copyPatients = (keys: readonly number[]) => {
      const named = JSON.stringify(keys);
      batch(ofPatients.map((it) => () => copied(it, `${it.by} IN (SELECT value FROM json_each(?))`, named)));
    };
    const nextKeys = database.prepare(
      "SELECT key FROM theirs.patients WHERE clinic_id = ? AND key > ? ORDER BY key LIMIT ?",
    );
    const keysAfter = (id: string, after: number, limit: number) =>
      nextKeys.all(id, after, limit).map(({ key }) => Number(key));
    copyClinic(clinicId);
    for (let keys = keysAfter(clinicId, 0, PATIENTS_A_BATCH); keys.length > 0; ) {
      copyPatients(keys);
      patients += keys.length;
      keys = keysAfter(clinicId, keys.at(-1)!, PATIENTS_A_BATCH);
    }
    const seconds = (performance.now() - started) / 1000;
    const { bytes } = database
      .prepare("SELECT page_count * page_size AS bytes FROM pragma_page_count('main'), pragma_page_size('main')")
      .get() as { bytes: number };
    tell(
      `a clinic of ${patients} patients copied: ${rows} rows, ${(bytes / 2 ** 20).toFixed(0)} MB, ${seconds.toFixed(1)} s in ${batches} batches, the longest ${longestBatchMs.toFixed(0)} ms`,
    );
    const figures = { patients, rows, rowsWrittenMax, bytes, batches, longestBatchMs, seconds };
    // Where a search ends, what comes next in an index is looked at: of every other clinic one patient is there, too.
    for (const { id } of database.prepare("SELECT id FROM theirs.clinics WHERE id <> ?").all(clinicId)) {
      copyClinic(String(id));
      copyPatients(keysAfter(String(id), 0, 1));
    }
    make((type) => !isStored(type));
    database.exec("INSERT INTO d1_migrations SELECT * FROM theirs.d1_migrations");
    database
      .prepare(
        `INSERT INTO users SELECT * FROM theirs.users WHERE id IN
           (SELECT user_id FROM patients UNION SELECT user_id FROM clinicians WHERE user_id IS NOT NULL)`,
      )
      .run();
    return figures;
  } finally {
    database.close();
  }
}

interface Table {
  readonly name: string;
  readonly indexes: number;
  /** The column by which its rows are chosen: those of the clinic at once, or of some patients. */
  readonly by: string;
}

/** The tables of what belongs to clinics, from the database itself. */
function tablesOf(database: DatabaseSync): Table[] {
  const found = database
    .prepare(
      `SELECT m.name AS name, group_concat(c.name) AS columns, (SELECT count(*) - t.wr FROM pragma_index_list(m.name)) AS indexes
       FROM main.sqlite_master AS m, pragma_table_info(m.name) AS c, pragma_table_list(m.name) AS t
       WHERE m.type = 'table' AND c.name IN ('clinic_id', 'patient_key') GROUP BY m.name`,
    )
    .all() as { name: string; columns: string; indexes: number }[];
  return found.map(({ name, columns, indexes }) => {
    const by = name === "patients" ? "key" : columns.includes("patient_key") ? "patient_key" : "clinic_id";
    return { name, indexes, by };
  });
}
