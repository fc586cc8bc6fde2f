import { coordinatorOf } from "../src/features/merges/coordinator/bindings.ts";
import type { Bindings } from "../src/platform/core/settings.ts";
import { ClinicMerge as ProductMerge } from "../src/features/merges/coordinator/coordinator.ts";
import worker from "../src/entry/worker.ts";
import { BATCHES_PATH, type MergeBatch, RUN_PATH, run } from "./protocol.ts";

/**
 * The product with its coordinator of merges, whose database is watched: how long each batch takes is written down. The
 * queues deliver nothing, what goes on after the answer is another machine's work.
 */

const nowhere = { send: async () => {}, sendBatch: async () => {} } as unknown as Queue;
const environmentOf = (bindings: Bindings): Bindings => ({
  ...bindings,
  AUDIT_QUEUE: nowhere,
  NOTIFICATIONS_QUEUE: nowhere,
  MIGRATIONS_QUEUE: nowhere,
});

/** A database that passes everything on and keeps what the batches of its sessions took. */
function timing(database: D1Database, batches: MergeBatch[]): D1Database {
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

/** Outlives the coordinator, which may be put away while nothing is asked of it. */
const batches: MergeBatch[] = [];

export class ClinicMerge extends ProductMerge {
  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(ctx, { ...environmentOf(bindings), DB: timing(bindings.DB, batches) });
  }

  /** What the batches since the last call took. */
  takeBatches(): MergeBatch[] {
    return batches.splice(0);
  }
}

export default {
  async fetch(request, bindings, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === RUN_PATH) return run(request, bindings.DB);
    if (pathname === BATCHES_PATH) {
      const coordinator = coordinatorOf(bindings, searchParams.get("source") ?? "");
      return Response.json(await (coordinator as unknown as DurableObjectStub<ClinicMerge>).takeBatches());
    }
    return worker.fetch(request, environmentOf(bindings), ctx);
  },
} satisfies ExportedHandler<Bindings>;
