import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { app } from "../../src/entry/app.ts";
import worker from "../../src/entry/worker.ts";
import { rows } from "../harness.ts";
import { deliver } from "../mail/post-office.ts";

interface Queued {
  readonly queue: string;
  readonly body: { readonly v: 1; readonly id: string };
}

/** The service with these variables, and its queues, which run when they are told to. `kinds` begins those of its orders. */
export function queuedService(variables: Record<string, unknown>, kinds: "ehr" | "xealth") {
  const startedAt = Date.now();
  const queued: Queued[] = [];
  const queueOf = (queue: string) => ({
    sendBatch: async (sent: { body: Queued["body"] }[]) =>
      void queued.push(...sent.map(({ body }) => ({ queue, body }))),
  });
  const bindings = {
    ...env,
    EHR_QUEUE: queueOf("ehr"),
    EVENTS_QUEUE: queueOf("events"),
    NOTIFICATIONS_QUEUE: queueOf("notifications"),
    MIGRATIONS_QUEUE: queueOf("migrations"),
    ...variables,
  };
  /** Delivers what is in the queue of the EHR until it is empty; `order` may change the order of each round. */
  const run = async (order: (round: Queued[]) => Queued[] = (round) => round): Promise<void> => {
    for (let round = 0; round < 50; round++) {
      const own = order(queued.splice(0).filter(({ queue }) => queue === "ehr"));
      if (own.length === 0) return;
      await deliver(
        own.map(({ body }) => body),
        bindings,
        "ehr",
      );
    }
    throw new Error("the queue of the EHR does not become empty");
  };
  return {
    queued,
    bindings,
    run,
    through: async (request: Request): Promise<Response> => {
      const ctx = createExecutionContext();
      const response = await app.fetch(request, bindings, ctx);
      await waitOnExecutionContext(ctx);
      return response;
    },
    /** Lets the time pass that entries wait for, and delivers them. */
    async runLater(): Promise<void> {
      const due = await rows<{ id: string }>(
        `UPDATE outbox SET next_attempt_at = 0, lease_until = CASE WHEN lease_until > 0 THEN 1 END
         WHERE state IN ('queued', 'sending') AND kind LIKE ? AND created_at >= ? RETURNING id`,
        `${kinds}%`,
        startedAt,
      );
      queued.push(...due.map(({ id }) => ({ queue: "ehr", body: { v: 1 as const, id } })));
      await run();
    },
    cron: (now = Date.now()) => worker.scheduled({ cron: "* * * * *", scheduledTime: now } as never, bindings as never),
  };
}

export type QueuedService = Pick<ReturnType<typeof queuedService>, "queued" | "bindings" | "run">;
