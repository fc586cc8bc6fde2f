import { rows } from "../harness.ts";

/** Rows of patients who have left their clinic, for those who come back: a table `gone` beside that of patients. */
export async function nobodyGone(): Promise<void> {
  await rows("DROP TABLE IF EXISTS gone");
  await rows("CREATE TABLE gone AS SELECT * FROM patients LIMIT 0");
}

/** Moves a patient's row there; the summaries are lost. */
export async function leave(key: number): Promise<void> {
  for (const type of ["cgm", "bgm"]) await rows(`DELETE FROM ${type}_periods WHERE patient_key = ?1 RETURNING 1`, key);
  await rows("INSERT INTO gone SELECT * FROM patients WHERE key = ?1 RETURNING key", key);
  await rows("DELETE FROM patients WHERE key = ?1 RETURNING key", key);
}
