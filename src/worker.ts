import { createApp } from "./app.ts";
import { log } from "./core/log.ts";
import type { Bindings } from "./core/settings.ts";
import { Db } from "./db/client.ts";
import { runMigration } from "./legacy-migrations/run-migration.ts";
import { consume } from "./queues/dispatch.ts";
import { type Jobs, sweepOutbox } from "./queues/sendings.ts";
import { sweepReplays } from "./request/replay.ts";

export { InternalApi } from "./internal/api.ts";
export { ClinicMerge } from "./merges/coordinator.ts";

const app = createApp();

/** The work that goes on after the answer. */
const jobs: Jobs = {
  run_migration: ({ settings, ...work }, { clinicId, recipientUserId }) =>
    runMigration(
      { ...work, demoPatientUserId: settings.demoPatientUserId },
      { clinicId: clinicId ?? "", userId: recipientUserId ?? "" },
    ),
};

export default {
  fetch: (request, bindings, ctx) => app.fetch(request, bindings, ctx),
  queue: (batch, bindings) => consume(batch, bindings, jobs),
  async scheduled({ cron, scheduledTime }, bindings) {
    const db = new Db(bindings.DB);
    await db.batch([sweepReplays(scheduledTime)]);
    const messages = await sweepOutbox(bindings, db, jobs, scheduledTime);
    log("info", "scheduled", { cron, messages, d1RowsWritten: db.usage.rowsWritten });
  },
} satisfies ExportedHandler<Bindings>;
