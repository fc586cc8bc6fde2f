import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openLocalDatabase } from "../scripts/local-database.ts";
import { type LocalState, ROOT } from "../scripts/local-state.ts";

export interface SeededClinic {
  readonly patients: number;
  readonly clinicId: string;
  readonly adminId: string;
}

/** What the data is made of: another figure makes it again. */
const RECIPE = "3";

const doneFile = (state: LocalState) => path.join(state.persistTo, "bench-data.json");

/** A clinic of each size, made by the seed of a checkout once and kept for the next run. */
export async function seededClinics(
  state: LocalState,
  sizes: readonly number[],
  tell: (line: string) => void,
  root = ROOT,
): Promise<SeededClinic[]> {
  const folder = path.join(root, "migrations");
  const migrations = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".sql"));
  for (const file of files.toSorted()) migrations.update(readFileSync(path.join(folder, file)));
  const recipe = JSON.stringify([RECIPE, migrations.digest("hex"), sizes]);
  if (existsSync(doneFile(state))) {
    const done = JSON.parse(readFileSync(doneFile(state), "utf8")) as { recipe: string; clinics: SeededClinic[] };
    if (done.recipe === recipe) return done.clinics;
  }
  rmSync(state.persistTo, { recursive: true, force: true });
  mkdirSync(state.persistTo, { recursive: true });
  const clinics: SeededClinic[] = [];
  for (const patients of sizes) {
    const started = performance.now();
    const said = await seed(root, [
      "--patients",
      String(patients),
      "--seed",
      "bench",
      "--state",
      path.dirname(state.persistTo),
    ]);
    const [, clinicId, adminId] = /clinic ([0-9a-f]{24}) +admin (\S+)/.exec(said) ?? [];
    if (clinicId === undefined || adminId === undefined) throw new Error(`the seed said nothing of a clinic\n${said}`);
    clinics.push({ patients, clinicId, adminId });
    tell(`filled a clinic with ${patients} patients in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  writeFileSync(doneFile(state), JSON.stringify({ recipe, clinics }));
  return clinics;
}

/** Runs the seed of a checkout; what it says. */
export function seed(root: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [path.join(root, "scripts", "seed.ts"), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk));
  const stop = () => child.kill("SIGTERM");
  process.on("exit", stop);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      process.off("exit", stop);
      if (status === 0) resolve(said);
      else reject(new Error(`the seed ended with ${status}\n${said}`));
    });
  });
}

/** The same rows again, for who must not share a database. */
export function copyOf(state: LocalState, to: LocalState): void {
  rmSync(to.persistTo, { recursive: true, force: true });
  mkdirSync(path.dirname(to.persistTo), { recursive: true });
  cpSync(state.persistTo, to.persistTo, { recursive: true });
}

/** How many bytes a patient with all eight periods takes: the compacted file of a whole database, divided. */
export function storagePerPatient(state: LocalState): { patients: number; periodsEach: number; bytesEach: number } {
  const compact = path.join(state.persistTo, "compact.sqlite");
  rmSync(compact, { force: true });
  const database = openLocalDatabase(state, { readOnly: true });
  try {
    const count = (from: string) => Number(database.prepare(`SELECT count(*) AS n FROM ${from}`).get()?.n);
    const patients = count("patients");
    const periodsEach = (count("cgm_periods") + count("bgm_periods")) / patients;
    database.exec(`VACUUM INTO '${compact.replaceAll("'", "''")}'`);
    return { patients, periodsEach, bytesEach: statSync(compact).size / patients };
  } finally {
    database.close();
    rmSync(compact, { force: true });
  }
}
