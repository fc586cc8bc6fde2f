import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { Db } from "./client.ts";
import { prepared, queryOf } from "./prepared.ts";

test("what is prepared is put together once, and is the same statement", () => {
  let times = 0;
  const asked = prepared<{ a: string; b: number | null }>((value) => {
    times += 1;
    return sql`SELECT ${value("b")} AS b, ${"fixed"} AS c, ${value("a")} || ${value("a")} AS d`;
  });
  for (const [a, b] of [
    ["x", 1],
    ["y", null],
  ] as const) {
    const plain = queryOf(sql`SELECT ${b} AS b, ${"fixed"} AS c, ${a} || ${a} AS d`);
    expect(asked({ a, b })).toMatchObject({ sql: plain.sql, params: plain.params });
  }
  expect(times).toBe(1);
});

test("it is one of a batch", async () => {
  const asked = prepared<{ n: number }>((value) => sql`SELECT ${value("n")} + 1 AS n`);
  const results = await new Db(env.DB).batch([sql`SELECT 1 AS n`, asked({ n: 2 }), { lookup: asked({ n: 3 }) }]);
  expect(results).toEqual([[{ n: 1 }], [{ n: 3 }], [{ value: 4 }]]);
});

test("prepared lookups that are together are told apart by which they are and in which order", async () => {
  const one = prepared<{ n: number }>((value) => sql`SELECT ${value("n")} + 1`);
  const other = prepared<{ n: number }>((value) => sql`SELECT ${value("n")} * 10`);
  const db = new Db(env.DB);
  for (const n of [2, 3]) {
    const values = async (...asked: (typeof one)[]) =>
      (await db.batch(asked.map((it) => ({ lookup: it({ n }) })))).map(([row]) => row!["value"]);
    expect(await values(one, other)).toEqual([n + 1, 10 * n]);
    expect(await values(other, one)).toEqual([10 * n, n + 1]);
    expect(await values(one, one, other)).toEqual([n + 1, n + 1, 10 * n]);
  }
});
