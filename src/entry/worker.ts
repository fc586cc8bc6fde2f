import type { Bindings } from "../platform/core/settings.ts";
import { runSweeps } from "../platform/cron/sweeps.ts";
import { app } from "./app.ts";
import { registry } from "./outbox.ts";
import { consume } from "./queues.ts";
import { sweeps } from "./sweeps.ts";

export { DeviceData } from "../features/device-data/owner/object.ts";
export { ClinicMerge } from "../features/merges/coordinator/coordinator.ts";
export { InternalApi } from "./internal-api.ts";

export default {
  fetch: (request, bindings, ctx) => app.fetch(request, bindings, ctx),
  queue: (batch, bindings) => consume(batch, bindings, registry),
  scheduled: ({ cron, scheduledTime }, bindings) => runSweeps(sweeps, bindings, { cron, now: scheduledTime }),
} satisfies ExportedHandler<Bindings>;
