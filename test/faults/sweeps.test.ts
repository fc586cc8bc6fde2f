import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { sweeps } from "../../src/entry/sweeps.ts";
import type { Bindings } from "../../src/platform/core/settings.ts";
import { Db } from "../../src/platform/db/client.ts";
import { redoxVariables } from "../ehr/fake-redox.ts";
import { deliver, givenOutboxEntry } from "../mail/post-office.ts";
import { givenLaterSeal, givenOldRecords } from "./old-records.ts";
import { type Fault, faultsOf, FaultyDatabase, type Kind } from "./faulty-database.ts";
import { comparable, restore, stored } from "./stored.ts";

/** Every sweep of the cron, with a database that fails at each of its batches and statements: the next run comes to the same. */

const KINDS: readonly Kind[] = ["unreachable", "overloaded", "lost", "undone"];
/** Read what is overdue, and have it done by an object that has its own tests. */
const WAKES = ["resume merges", "wake owners of device data"];
const NOW = Date.now();
const DAY_MS = 86_400_000;
/** When those run whose work is that of another time, by what the sweeps before them have left. */
const LATER: Readonly<Record<string, number>> = { "export days": NOW + 2 * DAY_MS, "drop days": NOW + 9_000 * DAY_MS };
/** Change what is not compared: when an entry is due, and what is owed for guesses. */
const UNSEEN = ["outbox", "forget guesses"];

let bindings: Bindings;
beforeAll(async () => {
  const nowhere = { send: async () => {}, sendBatch: async () => {} };
  bindings = {
    ...env,
    ...(await redoxVariables()),
    SANDBOX: { fetch: async () => new Response(null, { status: 202 }) },
    MAIL_FROM: "noreply@clinics-edge.example",
    NOTIFICATIONS_QUEUE: nowhere,
    MIGRATIONS_QUEUE: nowhere,
    EHR_QUEUE: nowhere,
    EVENTS_QUEUE: nowhere,
  } as unknown as Bindings;
  await givenOutboxEntry({ created_at: 1 });
  await givenOldRecords(NOW);
});

describe("a sweep", () => {
  test.each(sweeps.map((sweep) => [sweep.name, sweep] as const))(
    "%s is done by the next run, whatever the database does",
    async (name, sweep) => {
      const database = new FaultyDatabase();
      if (name === "drop days") await givenLaterSeal();
      const run = async (fault?: Fault) => {
        database.begin(fault);
        const [db, trail] = [new Db(database.bindings.DB), new Db(database.bindings.AUDIT_DB)];
        const own = { ...bindings, ...database.bindings };
        await sweep.run({ bindings: own, db, trail, now: LATER[name] ?? NOW });
        return db.usage.rowsWritten + trail.usage.rowsWritten;
      };
      const before = await stored();
      const written = await run();
      const { batches } = database;
      const after = comparable(before, await stored());
      if (WAKES.includes(name)) expect(batches.some(({ writes }) => writes)).toBe(false);
      else expect([written > 0, after.length > 0 || UNSEEN.includes(name)]).toEqual([true, true]);
      const faults = faultsOf(batches, KINDS, true, 0);
      expect(faults.length).toBeGreaterThan(1);
      for (const fault of faults) {
        await restore(before);
        await run(fault).catch(() => {});
        expect(database.hasStruck).toBe(true);
        await run();
        expect(comparable(before, await stored()), JSON.stringify(fault)).toEqual(after);
      }
    },
  );
});

test("the consumer of accesses asks for what it could not record again, and records each once", async () => {
  const database = new FaultyDatabase();
  const body = { v: 1, at: NOW, requestId: "once", actorKind: "service", actorId: "x", operation: "GetPatient" };
  const messages = [{ ...body, clinicId: null, patientIds: ["aaaaaaaaaa"], outcome: "read" }];
  const run = (fault?: Fault) => {
    database.begin(fault);
    return deliver(messages, { ...bindings, ...database.bindings }, "clinics-edge-audit");
  };
  const before = await stored();
  await run();
  const { batches } = database;
  const after = comparable(before, await stored());
  expect(after).toHaveLength(1);
  for (const fault of faultsOf(batches, KINDS, true, 0)) {
    await restore(before);
    expect((await run(fault)).retriedAfter, JSON.stringify(fault)).toHaveLength(1);
    await run();
    expect(comparable(before, await stored()), JSON.stringify(fault)).toEqual(after);
  }
});
