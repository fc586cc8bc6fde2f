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
    expect(asked({ a, b })).toEqual({ sql: plain.sql, params: plain.params });
  }
  expect(times).toBe(1);
});

test("it is one of a batch", async () => {
  const asked = prepared<{ n: number }>((value) => sql`SELECT ${value("n")} + 1 AS n`);
  const results = await new Db(env.DB).batch([sql`SELECT 1 AS n`, asked({ n: 2 }), { lookup: asked({ n: 3 }) }]);
  expect(results).toEqual([[{ n: 1 }], [{ n: 3 }], [{ value: 4 }]]);
});
