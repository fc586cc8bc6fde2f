import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { sql } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { consume } from "../../src/entry/queues.ts";
import { sweeps } from "../../src/entry/sweeps.ts";
import { coordinatorOf } from "../../src/features/merges/coordinator/bindings.ts";
import { runSweeps, type Sweep } from "../../src/platform/cron/sweeps.ts";
import { registryOf } from "../../src/platform/outbox/registry.ts";
import { countRows, givenClinic, newUserId, rows } from "../harness.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const OWN_EVENTS = new Set(["sweep", "sweep failed", "queue"]);
/** What sweeps and queues have logged; an object of the file before may still say something. */
const linesOf = (logged: { mock: { calls: unknown[][] } }) =>
  logged.mock.calls
    .map(([line]) => JSON.parse(line as string) as Record<string, unknown>)
    .filter(({ event }) => OWN_EVENTS.has(event as string));

describe("sweeps", () => {
  test("run each by itself: one that fails is logged by name, and the others run", async () => {
    const logged = vi.spyOn(console, "log").mockImplementation(() => {});
    const ran: string[] = [];
    const failing = sweeps.map(({ name }, i) => ({
      name,
      run: async () => {
        ran.push(name);
        if (i % 2 === 0) throw new TypeError("with words of its own");
      },
    }));
    await runSweeps(failing, env, { cron: "* * * * *", now: Date.now() });
    expect(ran).toEqual(sweeps.map(({ name }) => name));
    expect(linesOf(logged).map(({ level, kind }) => [level, kind])).toEqual(
      sweeps.map(({ name }, i) => [i % 2 === 0 ? "error" : "info", name]),
    );
    expect(JSON.stringify(linesOf(logged))).not.toContain("words of its own");
  });

  test.each([
    ["local", ["wrote"]],
    ["production", ["found nothing", "wrote"]],
  ])("in %s are logged: %j", async (ENVIRONMENT, expected) => {
    const logged = vi.spyOn(console, "log").mockImplementation(() => {});
    const id = `sweep-${ENVIRONMENT}`;
    const both: Sweep[] = [
      { name: "found nothing", run: async ({ db }) => void (await db.batch([sql`SELECT 1`])) },
      {
        name: "wrote",
        run: async ({ db }) =>
          void (await db.batch([
            sql`INSERT INTO dead_letters (queue, message_id, body, at) VALUES ('a', ${id}, '1', 1)`,
          ])),
      },
    ];
    await runSweeps(both, { ...env, ENVIRONMENT }, { cron: "* * * * *", now: Date.now() });
    // A queue may deliver what the file before has sent.
    const ofSweeps = linesOf(logged).filter(({ event }) => event !== "queue");
    expect(ofSweeps.map(({ kind }) => kind)).toEqual(expected);
    await rows("DELETE FROM dead_letters WHERE message_id = ? RETURNING id", id);
  });

  test("erase what merges kept of members, a bounded number at a time", async () => {
    const id = (i: number) => i.toString(16).padStart(24, "0");
    await rows(
      `INSERT INTO merges (id, source_id, target_id, source_name, target_name, phase, cursor, records_done, records_total,
         requested_by, request_id, created_at, heartbeat_at, merged_at)
       VALUES (?, ?, ?, '', '', 'done', 0, 0, 0, '', '', 0, 0, 1)`,
      id(1),
      id(2),
      id(3),
    );
    await rows(
      `INSERT INTO merge_clinicians (merge_id, clinician_id, user_id, action, record)
       SELECT ?, printf('%024x', value), NULL, 'moved', '{}' FROM json_each(?)`,
      id(1),
      JSON.stringify(Array.from({ length: 2500 }, (_, i) => i)),
    );
    const left = () => countRows("merge_clinicians WHERE record IS NOT NULL");
    const sweep = () => runSweeps(sweeps, env, { cron: "* * * * *", now: Date.now() });
    await sweep();
    const afterOne = await left();
    expect(afterOne).toBeGreaterThan(0);
    expect(afterOne).toBeLessThan(2500);
    for (let i = 0; i < 5; i++) await sweep();
    expect(await left()).toBe(0);
    await rows("DELETE FROM merge_clinicians");
    await rows("DELETE FROM merges WHERE id = ?", id(1));
  });
});

test("a delivery that fails as a whole is logged as an error, and comes again", async () => {
  const logged = vi.spyOn(console, "log").mockImplementation(() => {});
  const retried: string[] = [];
  const message = { id: newUserId(), timestamp: new Date(), attempts: 1, body: {}, retry: () => retried.push("again") };
  const DB = {
    withSession: () => ({
      prepare: () => ({ bind: () => ({}) }),
      batch: () => Promise.reject(new Error("D1_ERROR: whatever")),
    }),
  };
  await consume({ queue: "audit-dead", messages: [message] } as never, { ...env, DB } as never, registryOf([]));
  expect(retried).toEqual(["again"]);
  expect(linesOf(logged).map(({ level, event }) => [level, event])).toEqual([["error", "queue"]]);
});

test("a merge that has ended leaves nothing in its coordinator", async () => {
  const [source, target] = [await givenClinic(), await givenClinic()];
  const answer = await target.service.post(`${target.path}/merge`, { sourceId: source.clinicId });
  expect(answer.status).toBe(200);
  const coordinator = coordinatorOf(env, source.clinicId) as unknown as DurableObjectStub<never>;
  await vi.waitFor(
    async () => {
      const stored = await runInDurableObject(coordinator, (_, { storage }) => storage.list());
      expect([...stored]).toEqual([]);
    },
    { timeout: 10_000, interval: 100 },
  );
});
