import { consume } from "../src/entry/queues.ts";
import { registry } from "../src/entry/outbox.ts";
import worker from "../src/entry/worker.ts";
import type { Bindings } from "../src/platform/core/settings.ts";
import type { OutboxMessage } from "../src/platform/outbox/publish.ts";
import { type EhrNotes, type MergeBatch, NOTES_PATH, PAGE_PATH, type QueueLine, RUN_PATH, run } from "./protocol.ts";

/**
 * The product with its queue of EHR jobs and its store of reports, whose database is watched. Told to hold the queue back,
 * it keeps what is sent to it, so that the pages of a run can be made one by one.
 */

type Env = Bindings & { readonly HOLDS_QUEUE?: string };

let lines: QueueLine[] = [];
let batches: MergeBatch[] = [];
/** What the requests have sent to the held queue: runs, as the jobs are sent by the queue's consumer. */
let held: OutboxMessage[] = [];

// Lines are kept here instead: the development server listens through an inspector, which describes each at length.
console.log = (line: unknown) => {
  const { event, queue, messages, d1Calls, d1RowsWritten } = JSON.parse(String(line)) as QueueLine & { event: string };
  if (event === "queue") lines.push({ queue, messages, d1Calls, d1RowsWritten });
};

const nowhere = { send: async () => {}, sendBatch: async () => {} } as unknown as Queue;
const holding = {
  sendBatch: async (sent: Iterable<{ body: OutboxMessage }>) => void held.push(...[...sent].map(({ body }) => body)),
} as unknown as Queue;

/** A database that passes everything on and keeps what the batches of its sessions took. */
function timing(database: D1Database): D1Database {
  return {
    withSession(constraint: string) {
      const session = database.withSession(constraint);
      return {
        prepare: (text: string) => session.prepare(text),
        getBookmark: () => session.getBookmark(),
        async batch(statements: D1PreparedStatement[]) {
          const started = performance.now();
          const results = await session.batch(statements);
          const ms = performance.now() - started;
          const statementMs = results.map(({ meta }) => meta.duration);
          batches.push({ ms, statementMs, rowsWritten: results.reduce((sum, { meta }) => sum + meta.rows_written, 0) });
          return results;
        },
      };
    },
  } as unknown as D1Database;
}

const environments = new WeakMap<Env, Env>();

function environmentOf(bindings: Env, queue: Queue): Bindings {
  const known = environments.get(bindings);
  if (known && known.EHR_QUEUE === queue) return known;
  const made = { ...bindings, AUDIT_QUEUE: nowhere, NOTIFICATIONS_QUEUE: nowhere, MIGRATIONS_QUEUE: nowhere };
  const whole = { ...made, EHR_QUEUE: queue, ...(bindings.HOLDS_QUEUE && { DB: timing(bindings.DB) }) };
  environments.set(bindings, whole);
  return whole;
}

/** Makes the next page of the run that was sent last, as the queue's consumer does. */
async function makePage(bindings: Env): Promise<boolean> {
  const body = held.at(-1);
  if (!body) return false;
  held = [];
  let postponed = false;
  const message = {
    id: body.id,
    body,
    timestamp: new Date(),
    attempts: 1,
    ack() {},
    retry: () => void (postponed = true),
  };
  const batch = { queue: "ehr", messages: [message] } as unknown as MessageBatch;
  await consume(batch, environmentOf(bindings, holding), registry);
  if (postponed) throw new Error("the run was postponed");
  // Its own message comes last.
  return held.length > 0;
}

export default {
  async fetch(request, bindings, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === RUN_PATH) return run(request, bindings.DB);
    if (pathname === PAGE_PATH) return Response.json(await makePage(bindings));
    if (pathname === NOTES_PATH) {
      const notes: EhrNotes = { lines, batches };
      lines = [];
      batches = [];
      return Response.json(notes);
    }
    return worker.fetch(request, environmentOf(bindings, bindings.HOLDS_QUEUE ? holding : bindings.EHR_QUEUE), ctx);
  },
  queue: (batch, bindings) => consume(batch, environmentOf(bindings, bindings.EHR_QUEUE), registry),
} satisfies ExportedHandler<Env>;
