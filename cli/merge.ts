import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { generateMergeReport, getMerge, type MergeStatusV1 } from "../client/index.ts";
import { progressOf } from "../scripts/progress.ts";
import { action, idArgument, type Surroundings, type Work } from "./command.ts";
import { EXIT, type ExitStatus, misused } from "./exit-status.ts";
import { type Io, json, onOneLine } from "./io.ts";
import { writeWhole } from "./whole-file.ts";

const ASK_EVERY_MS = 1_000;
const WORKBOOK_TYPE = "application/vnd.ms-excel";
const JSON_TYPE = "application/json";
/** In these a merge, or its undo, has ended. */
const ENDED: ReadonlySet<string> = new Set(["done", "refused", "undone"]);

export function addMerge(program: Command, surroundings: Surroundings): void {
  const merge = program.command("merge").description("merges of clinics");
  merge
    .command("show")
    .description("shows how far a merge, or its undo, has come")
    .argument("<clinicId>", "the clinic that takes the other in", idArgument)
    .argument("<mergeId>", "the merge", idArgument)
    .option("--follow", "shows it until it has ended")
    .action(action<[string, string, { follow?: boolean }]>(surroundings, showMerge));
  merge
    .command("report")
    .description("previews a merge, whether or not its plan allows it; nothing is changed")
    .argument("<sourceClinicId>", "the clinic that would be merged into the other", idArgument)
    .argument("<targetClinicId>", "the clinic that would take it in", idArgument)
    .option(
      "--out <file>",
      "where to write the report, an XLSX workbook; must not exist. With --json the plan is shown instead",
    )
    .action(action<[string, string, { out?: string }]>(surroundings, reportMerge));
}

async function showMerge(
  work: Work,
  clinicId: string,
  mergeId: string,
  { follow = false }: { follow?: boolean },
): Promise<ExitStatus> {
  const { client, io, isJson } = work;
  const ask = () => getMerge({ client, path: { clinicId, mergeId }, signal: io.stop });
  const first = await ask();
  if (isJson) io.out(json(first));
  const last = follow ? await followed(work, first, ask) : first;
  if (last === undefined) {
    io.err("the merge goes on by itself: the same command shows how far it is\n");
    return EXIT.interrupted;
  }
  if (!isJson) io.out(inWords(last));
  return last.phase === "refused" ? EXIT.failed : EXIT.done;
}

/** How a merge stands when it has ended, shown until then; undefined after Ctrl-C. */
async function followed(
  { io, isJson }: Work,
  first: MergeStatusV1,
  ask: () => Promise<MergeStatusV1>,
): Promise<MergeStatusV1 | undefined> {
  let status = first;
  let bar: ReturnType<typeof progressOf> | undefined;
  while (!ENDED.has(status.phase)) {
    if (await isStopped(io)) {
      bar?.end();
      return undefined;
    }
    const before = status;
    status = await ask();
    const isNewPhase = status.phase !== before.phase;
    if (isJson && (isNewPhase || status.recordsDone !== before.recordsDone)) io.out(json(status));
    if (isNewPhase) {
      bar?.end();
      bar = undefined;
      if (!isJson) io.err(`${status.phase}\n`);
    }
    if (status.recordsTotal === 0) continue;
    const counted = bar === undefined ? 0 : before.recordsDone;
    bar ??= progressOf("records", status.recordsTotal);
    bar.add(Math.max(0, status.recordsDone - counted));
  }
  bar?.end();
  return status;
}

/** Waits until it is time to ask again; whether Ctrl-C came first. */
async function isStopped({ stop }: Pick<Io, "stop">): Promise<boolean> {
  await sleep(ASK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  return stop.aborted;
}

function inWords(it: MergeStatusV1): string {
  const lines = [
    `${it.sourceName || it.sourceId} into ${it.targetName || it.targetId}: ${it.phase}`,
    `records  ${it.recordsDone} of ${it.recordsTotal}`,
    `asked    ${it.createdTime} by ${it.requestedBy}`,
    it.mergedTime && `merged   ${it.mergedTime}`,
    it.undoRequestedBy && `undo     asked by ${it.undoRequestedBy}`,
    it.undoneTime && `undone   ${it.undoneTime}`,
    it.notRestored && `kept     ${it.notRestored.count} records were not restored`,
    ...(it.errors ?? []).map(({ message, count }) => `refused  ${message} (${count})`),
  ];
  return lines
    .filter((line) => line !== undefined && line !== "")
    .map((line) => `${onOneLine(line!)}\n`)
    .join("");
}

async function reportMerge(
  { client, io, isJson }: Work,
  sourceId: string,
  targetId: string,
  { out }: { out?: string },
): Promise<ExitStatus> {
  if (out === undefined && !isJson) throw misused("--out names the file of the report");
  const call = { client, path: { clinicId: targetId }, body: { sourceId }, signal: io.stop };
  if (out !== undefined) {
    const workbook = await generateMergeReport({
      ...call,
      headers: { accept: WORKBOOK_TYPE },
      parseAs: "blob",
    });
    const bytes = new Uint8Array(await (workbook as unknown as Blob).arrayBuffer());
    writeWhole(out, bytes);
    io.err(`${bytes.length} bytes written to ${out}\n`);
  }
  if (isJson) {
    io.out(json(await generateMergeReport({ ...call, headers: { accept: JSON_TYPE }, parseAs: "json" })));
  }
  return EXIT.done;
}
