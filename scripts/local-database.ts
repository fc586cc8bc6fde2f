import { readdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { LocalState } from "./local-state.ts";

/** A table that only this database has. */
const TABLE_OF = { records: "patients", trail: "accesses" };

/** The file of a local database, the records' unless the audit trail's is asked for, for who reads or fills it past the server. */
export function openLocalDatabase(
  state: LocalState,
  { readOnly, of = "records" }: { readonly readOnly: boolean; readonly of?: keyof typeof TABLE_OF },
): DatabaseSync {
  const directory = path.join(state.persistTo, "v3", "d1", "miniflare-D1DatabaseObject");
  const files = readdirSync(directory).filter((name) => name.endsWith(".sqlite") && !name.startsWith("metadata"));
  for (const file of files) {
    const database = new DatabaseSync(path.join(directory, file), { readOnly, timeout: 5_000 });
    if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(TABLE_OF[of])) return database;
    database.close();
  }
  throw new Error(`the database of the ${of} is not among the ${files.length} that are there`);
}

/**
 * Gets two seeded clinics ready to be merged: every second patient of the source becomes the person the target knows, and
 * settings that would forbid a merge are the target's. No server may be running.
 */
export function prepareMerge(database: DatabaseSync, sourceId: string, targetId: string): void {
  database.exec("BEGIN");
  database
    .prepare(
      `WITH ours AS MATERIALIZED (SELECT key, row_number() OVER (ORDER BY key) AS n FROM patients WHERE clinic_id = ?1),
            theirs AS MATERIALIZED (SELECT user_id, row_number() OVER (ORDER BY key) AS n FROM patients WHERE clinic_id = ?2)
       UPDATE patients SET user_id = same.user_id
       FROM (SELECT ours.key, theirs.user_id FROM ours JOIN theirs USING (n) WHERE n % 2 = 0) AS same
       WHERE patients.key = same.key`,
    )
    .run(sourceId, targetId);
  database
    .prepare("UPDATE clinics SET timezone = (SELECT timezone FROM clinics WHERE id = ?2) WHERE id = ?1")
    .run(sourceId, targetId);
  database.exec("COMMIT");
}
