import type { Command } from "commander";
import {
  cursorPages,
  type DeadLetterV1,
  getOutboxEntry,
  listDeadLetters,
  listFailedEntries,
  type OutboxEntryV1,
  requeueEntry,
} from "../client/index.ts";
import { progressOf } from "../scripts/progress.ts";
import { action, idArgument, idArguments, type Surroundings, type Work } from "./command.ts";
import { EXIT, type ExitStatus, misused } from "./exit-status.ts";
import { inOneLine, isForAll } from "./failures.ts";
import { json, table } from "./io.ts";

/** More than an operator looks at in a table; --all takes as many at a time. */
const ENTRIES_MAX = 10_000;

/** An entry or a message. */
type Shown = Partial<Record<keyof OutboxEntryV1 | keyof DeadLetterV1, string | number>>;

interface Filter {
  readonly kind?: string;
  readonly clinic?: string;
}

export function addDeadLetters(program: Command, surroundings: Surroundings): void {
  const group = program.command("dead-letters").description("mails and background jobs that were given up");
  group
    .command("list")
    .description("lists what was given up, in that order, without recipients and contents")
    .option("--kind <kind>", "only this kind of mail or job")
    .option("--clinic <clinicId>", "only of this clinic", idArgument)
    .option(
      "--messages",
      "instead the queue messages that could not be processed: a record that requeueing does not shorten",
    )
    .action(action<[Filter & { messages?: boolean }]>(surroundings, list));
  group
    .command("show")
    .description("shows one mail or job, also after it was requeued")
    .argument("<id>", "its id", idArgument)
    .action(
      action<[string]>(surroundings, async ({ client, io, isJson }, entryId) => {
        const entry = await getOutboxEntry({ client, path: { entryId }, signal: io.stop });
        const lines = Object.entries(entry).map(([name, value]) => [name, String(value)]);
        io.out(isJson ? json(entry) : table(["", ""], lines).trimStart());
        return EXIT.done;
      }),
    );
  group
    .command("requeue")
    .description("has mails or jobs tried again; those that are on their way already stay as they are")
    .argument("[ids...]", "their ids", idArguments)
    .option("--all", `all that were given up, ${ENTRIES_MAX} at most`)
    .option("--kind <kind>", "with --all: only this kind of mail or job")
    .option("--clinic <clinicId>", "with --all: only of this clinic", idArgument)
    .action(action<[string[] | undefined, Filter & { all?: boolean }]>(surroundings, requeue));
}

async function* failedEntries({ client, io }: Work, { kind, clinic }: Filter): AsyncGenerator<OutboxEntryV1> {
  for await (const entry of cursorPages(listFailedEntries, { client, signal: io.stop })) {
    if ((kind === undefined || entry.kind === kind) && (clinic === undefined || entry.clinicId === clinic)) yield entry;
  }
}

/** The first of many, and whether there are more. */
async function firstOf<T>(entries: AsyncIterable<T>): Promise<{ found: T[]; hasMore: boolean }> {
  const found: T[] = [];
  for await (const entry of entries) {
    if (found.length === ENTRIES_MAX) return { found, hasMore: true };
    found.push(entry);
  }
  return { found, hasMore: false };
}

async function list(work: Work, { messages = false, ...filter }: Filter & { messages?: boolean }): Promise<ExitStatus> {
  const { client, io, isJson } = work;
  if (messages && (filter.kind !== undefined || filter.clinic !== undefined)) {
    throw misused("--kind and --clinic choose among entries, not among messages");
  }
  const all: AsyncIterable<Shown> = messages
    ? cursorPages(listDeadLetters, { client, signal: io.stop })
    : failedEntries(work, filter);
  if (isJson) {
    for await (const row of all) io.out(json(row));
    return EXIT.done;
  }
  // The columns of a table are as wide as all of it: a script has --json.
  const { found, hasMore } = await firstOf(all);
  const columns: readonly (keyof OutboxEntryV1 | keyof DeadLetterV1)[] = messages
    ? ["id", "createdTime", "queue", "entryId", "messageId"]
    : ["id", "finishedTime", "kind", "reason", "attempts", "clinicId"];
  if (found.length === 0) io.err("there is nothing\n");
  else {
    const rows = found.map((row) => columns.map((name) => String(row[name] ?? "-")));
    io.out(table(columns, rows));
  }
  if (hasMore) io.err(`these are the first ${ENTRIES_MAX}: there are more, which --json has\n`);
  return EXIT.done;
}

async function requeue(
  work: Work,
  given: readonly string[] | undefined,
  { all = false, ...filter }: Filter & { all?: boolean },
): Promise<ExitStatus> {
  const { client, io, isJson } = work;
  const named = [...new Set(given)];
  if (all === named.length > 0) throw misused("give the ids of what is to be tried again, or --all");
  if (!all && (filter.kind !== undefined || filter.clinic !== undefined))
    throw misused("--kind and --clinic go with --all");
  // All are read before the first is requeued: what fails once more meanwhile is not taken twice.
  const { found, hasMore } = all ? await firstOf(failedEntries(work, filter)) : { found: [], hasMore: false };
  const ids = all ? found.map(({ id }) => id) : named;
  const failed: { id: string; problem: string }[] = [];
  let requeued = 0;
  const bar = progressOf("entries", ids.length);
  for (const entryId of ids) {
    if (io.stop.aborted) break;
    try {
      await requeueEntry({ client, path: { entryId } });
      requeued += 1;
    } catch (error) {
      failed.push({ id: entryId, problem: inOneLine(error) });
      if (isForAll(error)) break;
    }
    bar.add(1);
  }
  bar.end();
  const left = ids.length - requeued - failed.length;
  for (const { id, problem } of failed) io.err(`${id}: ${problem}\n`);
  if (isJson) io.out(json({ requeued, failed, left, hasMore }));
  else
    io.out(
      `${requeued} requeued${failed.length > 0 ? `, ${failed.length} failed` : ""}${left > 0 ? `, ${left} left` : ""}\n`,
    );
  if (left > 0 || hasMore) io.err("the same command goes on with the rest\n");
  if (io.stop.aborted && left > 0) return EXIT.interrupted;
  if (failed.length > 0 || left > 0 || hasMore) return requeued > 0 ? EXIT.partly : EXIT.failed;
  return EXIT.done;
}
