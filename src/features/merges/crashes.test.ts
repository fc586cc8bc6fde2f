import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { countRows, rows, service } from "../../../test/harness.ts";
import { expectMerged, look } from "../../../test/merge-expectations.ts";
import {
  carryOut,
  lockPair,
  beginUndo,
  type GivenPair,
  givenPair,
  keptBy,
  mergeOf,
  type PairShape,
} from "../../../test/merge-rows.ts";
import type { ModelClinic } from "../../../test/properties/merge-model.ts";
import { Db } from "../../platform/db/client.ts";

const patient = (person: number, tags: number[], sites: number[]) => ({
  person,
  tags,
  sites,
  isCustodial: person % 2 === 0,
  hasSummary: person % 3 === 0,
  provider: person % 4 === 0 ? "dexcom" : null,
  ehr: { summaryAndReports: person % 3 > 0 },
});
const SHAPE: PairShape = {
  source: {
    tags: ["A", "Type 1"],
    sites: ["Main", "Hill"],
    members: [
      { person: 1, isAdmin: true },
      { person: 2, isAdmin: false },
    ],
    patients: [11, 12, 14, 15].map((n) => patient(n, [n % 2], [n % 2])),
    offers: [20],
    ehrSource: "east",
  },
  target: {
    tags: ["type1", "B"],
    sites: ["main"],
    members: [{ person: 2, isAdmin: true }],
    patients: [12, 18].map((n) => patient(n, [1], [0])),
    offers: [20, 21],
    ehrSource: "west",
  },
};

/** The process is gone: nothing after this batch happens. */
class Killed extends Error {}

/** Connections that together get through so many batches; the next is killed before it begins, or after it was written. */
function dyingAfter(batches: number, when: "before" | "after"): () => Db {
  let left = batches;
  const withSession: D1Database["withSession"] = (constraint) => {
    const session = env.DB.withSession(constraint);
    const batch = async (statements: D1PreparedStatement[]) => {
      if (left-- > 0) return session.batch(statements);
      if (when === "after") await session.batch(statements);
      throw new Killed("gone");
    };
    return {
      prepare: (text: string) => session.prepare(text),
      batch,
      getBookmark: () => session.getBookmark(),
    } as D1DatabaseSession;
  };
  return () => new Db({ withSession } as D1Database);
}

/** Kills the work after each of its batches in turn, and lets it be taken up again; after how many it was through. */
async function killInTurn(mergeId: string, when: "before" | "after"): Promise<number> {
  for (let batches = 0; ; batches++) {
    try {
      await carryOut(mergeId, dyingAfter(batches, when));
      return batches;
    } catch (error) {
      // What the client makes of a connection that is gone.
      if (!(error instanceof Error)) throw error;
    }
    if (batches > 200) throw new Error("it never gets through");
  }
}

let given: GivenPair;
let before: [ModelClinic, ModelClinic];
beforeEach(async () => {
  given = await givenPair(SHAPE);
  before = [await look(given.sourceId), await look(given.targetId)];
});

/** How many batches the whole of it takes when nothing goes wrong. */
async function batchesOf(work: (connect: () => Db) => Promise<unknown>): Promise<number> {
  let batches = 0;
  await work(() => {
    const db = new Db(env.DB);
    const batch = db.batch.bind(db);
    db.batch = (steps) => {
      batches += 1;
      return batch(steps);
    };
    return db;
  });
  return batches;
}

describe.each(["before", "after"] as const)("a merge whose process is killed right %s a batch is written", (when) => {
  test("ends as if it had not been, whichever batch it was; so does its undo", async () => {
    const sample = await lockPair(given);
    const there = await batchesOf((connect) => carryOut(sample, connect));
    await beginUndo(sample);
    const back = await batchesOf((connect) => carryOut(sample, connect));
    expect([there, back].every((batches) => batches > 6)).toBe(true);
    for (let batches = 0; batches < there; batches++) {
      const pair = await givenPair(SHAPE);
      const were: [ModelClinic, ModelClinic] = [await look(pair.sourceId), await look(pair.targetId)];
      const id = await lockPair(pair);
      await expect(carryOut(id, dyingAfter(batches, when))).rejects.toThrow();
      expect(await carryOut(id)).toBe("done");
      await expectMerged(pair, were);
      expect(await countRows("outbox WHERE variables LIKE ?", `%${id}%`)).toBe(4 + 2 + 1);
      if (batches < back) {
        await beginUndo(id);
        await expect(carryOut(id, dyingAfter(batches, when))).rejects.toThrow();
        expect(await carryOut(id)).toBe("undone");
        expect([await look(pair.sourceId), await look(pair.targetId), await keptBy(id)]).toEqual([...were, []]);
      }
    }
  });

  test("gets through though it is killed again and again", async () => {
    const id = await lockPair(given);
    expect(await killInTurn(id, when)).toBeGreaterThan(1);
    await expectMerged(given, before);
  });
});

describe("the coordinator", () => {
  test("goes on by its alarm when it is aborted in the middle", async () => {
    const backend = await service();
    const answer = await backend.post(
      `/v1/clinics/${given.targetId}/merge`,
      { sourceId: given.sourceId },
      { prefer: "respond-async" },
    );
    expect(answer.status).toBe(202);
    await abortAllDurableObjects();
    const location = answer.headers.get("location")!;
    await expect.poll(async () => (await backend.get(location)).body.phase, { timeout: 20_000 }).toBe("done");
    await expectMerged(given, before);
  });

  test("is asked again by the cron when its alarm was lost", async () => {
    const id = await lockPair(given);
    await rows("UPDATE merges SET heartbeat_at = heartbeat_at - 600000 WHERE id = ? RETURNING id", id);
    const { sweep } = await import("../../../test/mail/post-office.ts");
    await sweep(env);
    const backend = await service();
    await expect
      .poll(async () => (await backend.get(`/v1/clinics/${given.targetId}/merges/${id}`)).body.phase, {
        timeout: 20_000,
      })
      .toBe("done");
    expect(await mergeOf(given.sourceId)).toBe(id);
    await expectMerged(given, before);
  });
});
