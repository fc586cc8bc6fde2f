import { createReadStream, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { type AuditDayV1, cursorPages, getAuditDay, listAuditDays } from "../client/index.ts";
import { type Checked, checkLines, type Link } from "./audit-chain.ts";
import { action, type Surroundings, type Work } from "./command.ts";
import { EXIT, type ExitStatus, Failure, misused } from "./exit-status.ts";
import { inOneLine, isForAll } from "./failures.ts";
import { type Io, json, table } from "./io.ts";
import { writeWholeStream } from "./whole-file.ts";

const ENDING = ".ndjson";

export function addAudit(program: Command, surroundings: Surroundings): void {
  const group = program
    .command("audit")
    .description("the audit trail: its days, their exports, and whether they are whole");
  group
    .command("days")
    .description("lists the days of the trail, latest first, with their last hashes")
    .action(action<[object]>(surroundings, days));
  group
    .command("export")
    .description(
      "downloads and checks finished days, a file each; those that are there already are checked and stay as they are",
    )
    .requiredOption("--from <date>", "the first day, such as 2026-03-01", dateArgument)
    .requiredOption("--to <date>", "the last day", dateArgument)
    .requiredOption("--out <dir>", "where to write the files, readable for their owner alone")
    .action(action<[{ from: string; to: string; out: string }]>(surroundings, exportDays));
  group
    .command("verify")
    .description(
      "checks the seals of exported days against their entries and each other; asks no service without --listed",
    )
    .argument("<paths...>", "directories, or files in whatever order")
    .option(
      "--listed",
      "also compares each day with the service's list of days, which shows what was cut off at the end",
    )
    .action(async (...all: [string[], { listed?: boolean }, Command]) => {
      const [paths, { listed = false }, command] = all;
      if (listed) return action<[string[], object]>(surroundings, (work, given) => verify(work, given, work))(...all);
      const isJson = command.optsWithGlobals<{ json?: boolean }>().json ?? false;
      surroundings.ended(await verify({ io: surroundings.io, isJson }, paths));
    });
}

const DATE = /^\d{4}-\d\d-\d\d$/;

function dateArgument(value: string): string {
  const at = DATE.test(value) ? Date.parse(value) : Number.NaN;
  // 30 February is taken for a day of March.
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(value))
    throw misused("days are written as 2026-03-01");
  return value;
}

const allDays = ({ client, io }: Work) =>
  cursorPages(listAuditDays, { client, signal: io.stop, query: { limit: 100 } });

async function days(work: Work): Promise<ExitStatus> {
  const { io, isJson } = work;
  const columns: readonly (keyof AuditDayV1)[] = ["date", "entries", "broken", "exportedTime", "removedTime", "hash"];
  const rows: string[][] = [];
  for await (const day of allDays(work)) {
    if (isJson) io.out(json(day));
    else rows.push(columns.map((name) => String(day[name] ?? "-")));
  }
  if (rows.length > 0) io.out(table(columns, rows));
  else if (!isJson) io.err("there is nothing\n");
  return EXIT.done;
}

interface Range {
  readonly from: string;
  readonly to: string;
  readonly out: string;
}

async function exportDays(work: Work, { from, to, out }: Range): Promise<ExitStatus> {
  const { io, isJson } = work;
  if (from > to) throw misused("--from is after --to");
  const meant: AuditDayV1[] = [];
  for await (const day of allDays(work)) {
    if (day.date < from) break;
    if (day.date <= to) meant.unshift(day);
  }
  try {
    mkdirSync(out, { recursive: true, mode: 0o700 });
  } catch {
    throw misused(`${out} can't be made`);
  }
  const problems: string[] = [];
  let [written, kept, left] = [0, 0, 0];
  let isOver = false;
  for (const day of meant) {
    const file = path.join(out, `${day.date}${ENDING}`);
    if (isOver) left += 1;
    else if (existsSync(file)) {
      problems.push(...(await problemsOf(day, file)));
      kept += 1;
    } else if (io.stop.aborted) left += 1;
    else if (day.exportedTime === undefined) problems.push(`${day.date}: is not exported yet`);
    else {
      try {
        problems.push(...(await download(work, day, file)));
        written += 1;
      } catch (error) {
        isOver = isForAll(error);
        if (io.stop.aborted) left += 1;
        else problems.push(`${day.date}: ${inOneLine(error)}`);
      }
    }
  }
  for (const problem of problems) io.err(`${problem}\n`);
  if (isJson) io.out(json({ written, kept, left, problems }));
  else io.out(`${written} written, ${kept} were there already${left > 0 ? `, ${left} left` : ""}\n`);
  if (left > 0) io.err("the same command goes on with the rest\n");
  if (io.stop.aborted && left > 0) return EXIT.interrupted;
  if (problems.length > 0) return written + kept > 0 ? EXIT.partly : EXIT.failed;
  return EXIT.done;
}

/** Writes a day once all of it has come; what is wrong with it. */
async function download({ client, io }: Work, day: AuditDayV1, file: string): Promise<string[]> {
  const answer = await getAuditDay({ client, path: { date: day.date }, parseAs: "stream", signal: io.stop });
  await writeWholeStream(file, answer as unknown as ReadableStream<Uint8Array>);
  return problemsOf(day, file);
}

/** What is wrong with a file, measured by what the service's list says of its day. */
async function problemsOf(day: AuditDayV1, file: string): Promise<string[]> {
  const { problems, end, entries } = await checkLines(linesOf(createReadStream(file)));
  const isOther = end?.hash !== day.hash || entries !== day.entries;
  return [...problems, ...(isOther ? ["is not what the list of days says"] : [])].map((it) => `${day.date}: ${it}`);
}

/** The lines of a text; only a line feed ends one, as others may stand in texts. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

function filesAmong(paths: readonly string[]): string[] {
  try {
    const files = paths.flatMap((it) =>
      statSync(it).isDirectory()
        ? readdirSync(it)
            .filter((name) => name.endsWith(ENDING))
            .map((name) => path.join(it, name))
        : [it],
    );
    const nameOf = (file: string) => path.basename(file);
    return files.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  } catch (error) {
    throw misused(`the files can't be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`);
  }
}

/** What is wrong with files of days, measured by the service's list; tells what the service has besides. */
async function unlike(work: Work, found: ReadonlyMap<string, Checked>): Promise<string[]> {
  const problems: string[] = [];
  const dateOf = (file: string) => path.basename(file, ENDING);
  const rest = new Map([...found.keys()].map((file) => [dateOf(file), file]));
  const dates = [...rest.keys()].toSorted();
  let newest: string | undefined;
  for await (const { date, hash, entries, exportedTime } of allDays(work)) {
    if (date < dates[0]!) break;
    if (exportedTime !== undefined) newest ??= date;
    const file = rest.get(date);
    const checked = file === undefined ? undefined : found.get(file);
    rest.delete(date);
    if (checked === undefined) {
      if (exportedTime !== undefined && date < dates.at(-1)!) problems.push(`${date}: there is no file of it`);
    } else if (checked.end?.hash !== hash || checked.entries !== entries)
      problems.push(`${file}: is not what the list of days says`);
  }
  if (newest !== undefined && newest > dates.at(-1)!)
    work.io.err(`ends with ${dates.at(-1)!}: the service has exported days up to ${newest}\n`);
  return [...problems, ...[...rest.values()].map((file) => `${file}: is not in the list of days`)];
}

async function verify(
  { io, isJson }: { io: Io; isJson: boolean },
  paths: readonly string[],
  listed?: Work,
): Promise<ExitStatus> {
  const files = filesAmong(paths);
  if (files.length === 0) throw misused(`there is no file that ends with ${ENDING}`);
  let before: Link | undefined;
  let begin: number | undefined;
  let [entries, seals] = [0, 0];
  const problems: string[] = [];
  const found = new Map<string, Checked>();
  for (const file of files) {
    if (io.stop.aborted) throw new Failure("ended by Ctrl-C; the same command can be run again", EXIT.interrupted);
    const checked = await checkLines(linesOf(createReadStream(file)), before).catch((error: NodeJS.ErrnoException) => {
      throw misused(`${file} can't be read (${error.code ?? "unknown error"})`);
    });
    problems.push(...checked.problems.map((it) => `${file}: ${it}`));
    [entries, seals, before] = [entries + checked.entries, seals + checked.seals, checked.end];
    begin ??= checked.first;
    found.set(file, checked);
  }
  if (listed) problems.push(...(await unlike(listed, found)));
  for (const problem of problems) io.err(`${problem}\n`);
  if (begin !== undefined && begin > 1) io.err(`begins with entry ${begin}: what was before is not checked\n`);
  if (isJson)
    io.out(
      json({ files: files.length, entries, seals, problems, first: begin, last: before?.last, hash: before?.hash }),
    );
  else if (problems.length === 0)
    io.out(
      `${entries} entries and ${seals} seals of ${files.length} files fit, up to entry ${before!.last}; the last hash is ${before!.hash}\n`,
    );
  else io.out(`${problems.length} problems in ${entries} entries and ${seals} seals\n`);
  return problems.length > 0 ? EXIT.failed : EXIT.done;
}
