/** What the benchmark and its two Workers say to each other. */

export interface Statement {
  readonly text: string;
  readonly params: readonly (string | number | null)[];
}

/** What the product did for one request: its round trips to the database, and what it answered. */
export interface Recording {
  readonly batches: readonly (readonly Statement[])[];
  readonly rowsRead: number;
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** Asks the product to record a request instead of answering it. */
export const RECORD_HEADER = "x-bench-record";
/** Which recording the baseline is to act out. */
export const PLAN_HEADER = "x-bench-plan";
/** Which of many like requests this is: stands in place of MARK wherever that was recorded. */
export const NUMBER_HEADER = "x-bench-number";
export const MARK = "7000000";

/** Takes a list of recordings: what PLAN_HEADER counts. */
export const PLANS_PATH = "/bench/plans";
/** Runs a statement: what puts things back between two measurements. */
export const RUN_PATH = "/bench/run";

export async function run(request: Request, database: D1Database): Promise<Response> {
  const { text, params } = await request.json<Statement>();
  await database
    .prepare(text)
    .bind(...params)
    .run();
  return new Response(null, { status: 204 });
}

/** What a batch of a merge took: from the coordinator's side, and each statement in the database. */
export interface MergeBatch {
  readonly ms: number;
  readonly statementMs: readonly number[];
  readonly rowsWritten: number;
}

/** Gives the batches of a source's coordinator since the last time. */
export const BATCHES_PATH = "/bench/batches";

/** What a batch of a queue cost, from the line that is logged of it. */
export interface QueueLine {
  readonly queue: string;
  readonly messages: number;
  readonly d1Calls: number;
  readonly d1RowsWritten: number;
}

/** What the Worker that delivers to EHRs has noted since the last time. Batches only where the queue is held back. */
export interface EhrNotes {
  readonly lines: readonly QueueLine[];
  readonly batches: readonly MergeBatch[];
}
export const NOTES_PATH = "/bench/notes";
/** Makes the next page of a run, without the queue; whether there may be more. */
export const PAGE_PATH = "/bench/page";

/** What the objects of people's device data have taken so far: rows of all of them, bytes of the one that is asked. */
export interface ObjectFigures {
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly bytes: number;
}
/** Asks for the figures of the object of a `user`. */
export const FIGURES_PATH = "/bench/figures";

/** Adds data to the bare object with a `name`; each goes into a row of its own. */
export const BARE_DATA_PATH = "/bench/bare/data";
/** Keeps texts in the bare object with a `name`, a list of times and texts; gives those from a time on (`from`) as a list. */
export const BARE_TEXTS_PATH = "/bench/bare/texts";
