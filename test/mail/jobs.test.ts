import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { insertOutboxEntry } from "../../src/platform/outbox/store.ts";
import { consume } from "../../src/entry/queues.ts";
import { type Job, registryOf } from "../../src/platform/outbox/registry.ts";
import { MIGRATE_PATIENT } from "../../src/features/legacy-migrations/model/mails.ts";
import { RUN_MIGRATION } from "../../src/features/legacy-migrations/model/jobs.ts";
import { rows, UNKNOWN_ID } from "../harness.ts";
import { deliver, givenOutboxEntry, makeDue, outboxRow } from "./post-office.ts";

beforeEach(async () => {
  await rows("DELETE FROM outbox RETURNING id");
});

/** Delivers the message of a job; what it put in queues meanwhile. */
async function run(id: string, run_migration: Job | undefined) {
  const sent: unknown[] = [];
  const queue = (name: string) => ({
    sendBatch: async (messages: { body: unknown }[]) => void sent.push(...messages.map(({ body }) => [name, body])),
  });
  let retried: number | undefined;
  const message = {
    id: "m",
    timestamp: new Date(),
    attempts: 1,
    body: { v: 1, id },
    ack: () => {},
    retry: (options?: QueueRetryOptions) => (retried = options?.delaySeconds),
  };
  const bindings = { ...env, NOTIFICATIONS_QUEUE: queue("notifications"), MIGRATIONS_QUEUE: queue("migrations") };
  await consume(
    { queue: "migrations", messages: [message] } as never,
    bindings as never,
    registryOf([{ jobs: run_migration ? [[RUN_MIGRATION, run_migration]] : [] }]),
  );
  return { sent, retried };
}

describe("a job", () => {
  test("is given its row, done, and not done again", async () => {
    const id = await givenOutboxEntry({
      kind: "run_migration",
      clinic_id: UNKNOWN_ID,
      recipient_user_id: "aaaaaaaaaa",
    });
    const seen: unknown[] = [];
    const job: Job = async (work, it) => {
      seen.push([it.id, it.clinicId, it.recipientUserId, it.attempts, work.settings.isProduction]);
      return "done";
    };
    await run(id, job);
    await run(id, job);
    expect(seen).toEqual([[id, UNKNOWN_ID, "aaaaaaaaaa", 1, false]]);
    expect(await outboxRow(id)).toMatchObject({ state: "sent" });
  });

  test("that is not through comes again at once, and what it puts in the outbox is sent meanwhile", async () => {
    const id = await givenOutboxEntry({ kind: "run_migration" });
    const job: Job = async (work) => {
      const newId = () => crypto.randomUUID();
      await work.db.batch([
        insertOutboxEntry(
          { ...work, newId },
          {
            kind: MIGRATE_PATIENT,
            uniqueKey: newId(),
            clinicId: null,
            recipient: { userId: "bbbbbbbbbb" },
            variables: {},
          },
        ),
      ]);
      return "again";
    };
    const { sent } = await run(id, job);
    const [mail] = await rows<{ id: string }>("SELECT id FROM outbox WHERE kind = 'migrate_patient'");
    expect(sent).toEqual([
      ["notifications", { v: 1, id: mail!.id }],
      ["migrations", { v: 1, id }],
    ]);
    expect(await outboxRow(id)).toMatchObject({ state: "queued", attempts: 0 });
    await run(id, async () => "done");
    expect(await outboxRow(id)).toMatchObject({ state: "sent", attempts: 1 });
  });

  test("that fails is put off, and given up after five times in a row", async () => {
    const id = await givenOutboxEntry({ kind: "run_migration" });
    const failing: Job = async () => {
      throw new TypeError("of aaaaaaaaaa");
    };
    for (let attempt = 1; attempt <= 5; attempt++) {
      const { retried } = await run(id, failing);
      expect(retried === undefined).toBe(attempt === 5);
      await makeDue(id);
    }
    expect(await outboxRow(id)).toMatchObject({ state: "failed", reason: "fault", attempts: 5 });
  });

  test("is held by one consumer for as long as it may run", async () => {
    const id = await givenOutboxEntry({ kind: "run_migration" });
    let starts = 0;
    const slow: Job = async () => {
      starts += 1;
      const { lease_until } = await outboxRow(id);
      expect(lease_until).toBeGreaterThan(Date.now() + 14 * 60_000);
      await run(id, slow);
      return "done";
    };
    await run(id, slow);
    expect(starts).toBe(1);
  });

  test("that is not built in waits", async () => {
    const id = await givenOutboxEntry({ kind: "run_migration" });
    expect(await run(id, undefined)).toEqual({ sent: [], retried: undefined });
    expect(await outboxRow(id)).toMatchObject({ state: "queued", attempts: 0 });
  });

  test("of a migration that is gone is done: the Worker's own consumer runs it", async () => {
    const id = await givenOutboxEntry({
      kind: "run_migration",
      clinic_id: UNKNOWN_ID,
      recipient_user_id: "aaaaaaaaaa",
    });
    await deliver([{ v: 1, id }], env, "clinics-edge-migrations");
    expect(await outboxRow(id)).toMatchObject({ state: "sent" });
  });
});
