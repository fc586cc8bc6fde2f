import { createApp } from "./app.ts";
import { log } from "./core/log.ts";
import type { Bindings } from "./core/settings.ts";
import { Db } from "./db/client.ts";
import { consume } from "./queues/dispatch.ts";
import { sweepReplays } from "./request/replay.ts";

export { InternalApi } from "./internal/api.ts";
export { ClinicMerge } from "./merges/coordinator.ts";

const app = createApp();

export default {
  fetch: (request, bindings, ctx) => app.fetch(request, bindings, ctx),
  queue: (batch, bindings) => consume(batch, bindings),
  async scheduled(event, bindings) {
    const db = new Db(bindings.DB);
    await db.batch([sweepReplays(event.scheduledTime)]);
    log("info", "scheduled", { cron: event.cron, d1RowsWritten: db.usage.rowsWritten });
  },
} satisfies ExportedHandler<Bindings>;
