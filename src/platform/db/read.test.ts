import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { Db } from "./client.ts";
import { askingOf, mapped, type Read, rowOf } from "./read.ts";

/** A read without database statements. */
const elsewhere = <T>(take: () => T | Promise<T>): Read<T> => ({ statements: [], take });
const one = rowOf<{ n: number }>(sql`SELECT 1 AS n`);

describe("a read without statements", () => {
  test("makes no round trip, as a batch or as a read", async () => {
    const db = new Db(env.DB);
    expect(await db.batch([])).toEqual([]);
    expect(await askingOf(db).read({})).toEqual({});
    expect(await askingOf(db).read({ answer: elsewhere(() => 7) })).toEqual({ answer: 7 });
    expect([db.usage.calls, db.bookmark]).toEqual([0, undefined]);
  });

  test("shares one round trip with reads that have statements", async () => {
    const db = new Db(env.DB);
    const answers = await askingOf(db).read({ before: elsewhere(() => 7), row: one, after: elsewhere(() => 8) });
    expect([answers, db.usage.calls]).toEqual([{ before: 7, row: { n: 1 }, after: 8 }, 1]);
  });
});

describe("lookups that follow the round trip", () => {
  test("run concurrently", async () => {
    const both = Promise.withResolvers<void>();
    let under = 0;
    const lookup = async () => {
      if (++under === 2) both.resolve();
      await both.promise;
      return under;
    };
    const answers = await askingOf(new Db(env.DB)).read({ first: mapped(one, lookup), second: elsewhere(lookup) });
    expect(answers).toEqual({ first: 2, second: 2 });
  });

  test("fail together, also where one fails at once and another later", async () => {
    const atOnce = elsewhere(() => {
      throw new Error("at once");
    });
    const later = elsewhere(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error("later");
    });
    for (const reads of [
      { atOnce, later },
      { later, atOnce },
    ])
      await expect(askingOf(new Db(env.DB)).read(reads)).rejects.toThrow("at once");
    // A rejection that nobody sees would fail the run.
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

  test("fail with the error of the one that failed", async () => {
    const fault = new Error("first");
    const failing = elsewhere(() => Promise.reject(fault));
    await expect(askingOf(new Db(env.DB)).read({ row: one, failing, late: elsewhere(() => 1) })).rejects.toBe(fault);
  });
});
