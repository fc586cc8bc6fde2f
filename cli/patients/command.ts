import type { Command } from "commander";
import { action, idArgument, type Surroundings, type Work } from "../command.ts";
import { EXIT, type ExitStatus } from "../exit-status.ts";
import { json } from "../io.ts";
import { readClinic } from "./clinic.ts";
import { COLUMN_NAMES, type Problem } from "./columns.ts";
import { createAll } from "./create.ts";
import { mergedAway } from "./merged.ts";
import { planImport } from "./plan.ts";
import { FILE_BYTES_MAX, readTable, ROWS_MAX } from "./read-table.ts";

/** What is shown on a terminal; --json shows all. */
const SHOWN_MAX = 50;

const HELP = `
The first row has the headings, in any order: ${COLUMN_NAMES.join(", ")}.
fullName and birthDate (1987-02-03) are needed. tags and sites go by name; several entries of a cell are
separated by |. UTF-8, separated by commas, semicolons or tabs; at most ${ROWS_MAX} rows and ${FILE_BYTES_MAX / 1024 / 1024} MB.

Every row is checked before the first patient is created: with a problem nothing is. Rows of people whom the
clinic has (same MRN and birth date; without MRN same name and birth date) are skipped, so the same command
goes on after it was interrupted, at any time. A patient with an e-mail address is mailed.`;

export function addPatients(program: Command, surroundings: Surroundings): void {
  program
    .command("patients")
    .description("patients of a clinic")
    .command("import")
    .description("creates patients from a CSV file")
    .argument("<clinicId>", "the clinic", idArgument)
    .requiredOption("--file <file>", "the CSV file")
    .option("--dry-run", "checks everything, and creates nobody")
    .addHelpText("after", HELP)
    .action(action<[string, { file: string; dryRun?: boolean }]>(surroundings, importPatients));
}

async function importPatients(
  work: Work,
  clinicId: string,
  { file, dryRun = false }: { file: string; dryRun?: boolean },
): Promise<ExitStatus> {
  const { io, isJson } = work;
  const table = readTable(file);
  const clinic = await readClinic(work, clinicId);
  const { problems, toCreate: unknown, there } = planImport(table, clinic);
  const merged = problems.length > 0 ? new Set() : await mergedAway(work, clinicId, unknown, clinic);
  const toCreate = unknown.filter((row) => !merged.has(row));
  const alreadyThere = there.length + merged.size;
  const about = { clinicId, dryRun, rows: table.rows.length, alreadyThere };
  if (problems.length > 0) {
    tell(work, problems);
    if (isJson) io.out(json({ ...about, created: 0, left: toCreate.length, problems }));
    else
      io.out(
        `nothing was created: ${problems.length} ${problems.length === 1 ? "problem" : "problems"} in a file of ${table.rows.length} rows\n`,
      );
    return EXIT.failed;
  }
  if (dryRun) {
    if (isJson) io.out(json({ ...about, created: 0, left: toCreate.length, problems }));
    else io.out(`dry run: ${toCreate.length} would be created, ${alreadyThere} are there already\n`);
    return EXIT.done;
  }
  const { created, failed, left } = await createAll(work, clinicId, toCreate);
  tell(work, failed);
  if (isJson) io.out(json({ ...about, created, left, problems: failed }));
  else {
    const rest = `${failed.length > 0 ? `, ${failed.length} failed` : ""}${left > 0 ? `, ${left} left` : ""}`;
    io.out(`${created} created, ${alreadyThere} were there already${rest}\n`);
  }
  if (failed.length > 0 || left > 0) io.err("the same command goes on: patients who are there are skipped\n");
  if (io.stop.aborted && left > 0) return EXIT.interrupted;
  if (failed.length > 0 || left > 0) return created > 0 ? EXIT.partly : EXIT.failed;
  return EXIT.done;
}

/** Names row and column. What stands there is personal data, and in the file. */
function tell({ io }: Work, problems: readonly Problem[]): void {
  for (const { row, column, problem } of problems.slice(0, SHOWN_MAX)) {
    io.err(`row ${row}${column === undefined ? "" : `, ${column}`}: ${problem}\n`);
  }
  if (problems.length > SHOWN_MAX) io.err(`and ${problems.length - SHOWN_MAX} more: --json has all\n`);
}
