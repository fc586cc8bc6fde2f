import type { Bindings } from "../src/platform/core/settings.ts";
import worker from "../src/entry/worker.ts";
import { RECORD_HEADER, type Recording, RUN_PATH, run, type Statement } from "./protocol.ts";

/**
 * The product as it stands, with queues that take everything and deliver nothing: what goes on after the answer is
 * another machine's work. Told to, it also writes down what one request asks of the database; the product knows nothing
 * of that, it is given a database that takes notes.
 */

// The development server listens through an inspector, which describes every line at length: a cost that no Worker has
// when deployed. That the line is made stays counted.
console.log = () => {};
const nowhere = { send: async () => {}, sendBatch: async () => {} } as unknown as Queue;
const environments = new WeakMap<Bindings, Bindings>();

function environmentOf(bindings: Bindings): Bindings {
  const known = environments.get(bindings);
  if (known) return known;
  const made = { ...bindings, AUDIT_QUEUE: nowhere, NOTIFICATIONS_QUEUE: nowhere, MIGRATIONS_QUEUE: nowhere };
  environments.set(bindings, made);
  return made;
}

type Noted = { readonly note: Statement; readonly prepared: D1PreparedStatement };

/** A database that passes everything on and keeps the batches of its sessions. */
function takingNotes(database: D1Database, batches: Statement[][], read: (rows: number) => void): D1Database {
  const noted = (text: string, params: Statement["params"], prepared: D1PreparedStatement) => ({
    note: { text, params },
    prepared,
    bind: (...given: Statement["params"]) => noted(text, given, prepared.bind(...given)),
  });
  return {
    withSession(constraint: string) {
      const session = database.withSession(constraint);
      return {
        prepare: (text: string) => noted(text, [], session.prepare(text)),
        getBookmark: () => session.getBookmark(),
        async batch(statements: readonly Noted[]) {
          batches.push(statements.map(({ note }) => note));
          const results = await session.batch(statements.map(({ prepared }) => prepared));
          for (const { meta } of results) read(meta.rows_read);
          return results;
        },
      };
    },
  } as unknown as D1Database;
}

async function record(request: Request, bindings: Bindings, ctx: ExecutionContext): Promise<Response> {
  const batches: Statement[][] = [];
  let rowsRead = 0;
  const notes = { ...environmentOf(bindings), DB: takingNotes(bindings.DB, batches, (rows) => (rowsRead += rows)) };
  const response = await worker.fetch(request as Parameters<typeof worker.fetch>[0], notes, ctx);
  const body = await response.text();
  const recording: Recording = { batches, rowsRead, status: response.status, headers: [...response.headers], body };
  return Response.json(recording);
}

export default {
  fetch(request, bindings, ctx) {
    if (new URL(request.url).pathname === RUN_PATH) return run(request, bindings.DB);
    if (request.headers.has(RECORD_HEADER)) return record(request, bindings, ctx);
    return worker.fetch(request, environmentOf(bindings), ctx);
  },
} satisfies ExportedHandler<Bindings>;
