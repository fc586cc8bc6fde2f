import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Db } from "./client.ts";
import { eachOf, packed, unpacked } from "./columns.ts";
import { toQuery } from "./sqlite.ts";

const NAMES = Array.from({ length: 65 }, (_, i) => `c${i}`);

test("packed columns are unpacked as they are stored", async () => {
  await env.DB.prepare("DROP TABLE IF EXISTS wide").run();
  await env.DB.prepare(`CREATE TABLE wide (id INTEGER PRIMARY KEY, ${NAMES.join(", ")})`).run();
  const { sql: column } = toQuery(packed(NAMES.map((name) => sql.raw(name))));
  const value = fc.oneof(
    fc.constant(null),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom('["a"]', "\n", '"', "\\", " "),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 20 }), fc.nat(), async (values, from) => {
      const expected = Object.fromEntries(NAMES.map((name, i) => [name, values[(from + i) % values.length] ?? null]));
      await env.DB.prepare("DELETE FROM wide").run();
      await env.DB.prepare(`INSERT INTO wide (id, c0) SELECT 1, NULL`).run();
      await env.DB.batch(
        NAMES.map((name) => env.DB.prepare(`UPDATE wide SET ${name} = ?`).bind(expected[name] ?? null)),
      );
      const plain = await env.DB.prepare(`SELECT ${NAMES.join(", ")} FROM wide`).first();
      const found = await env.DB.prepare(`SELECT ${column} AS text FROM wide`).first<string>("text");
      expect(unpacked(found!)).toEqual(NAMES.map((name) => plain![name]));
    }),
    { numRuns: 30 },
  );
  await env.DB.prepare("DROP TABLE wide").run();
});

test("the members of a list come in its order, with the types of their values", async () => {
  const given = [
    ["b", 1.5, null],
    ["a", 9_007_199_254_740_991, "1"],
  ];
  const [found] = await new Db(env.DB).batch([
    sql`${eachOf(JSON.stringify(given))} SELECT json_array(e.value ->> 0, e.value ->> 1, e.value ->> 2) AS text FROM e`,
  ]);
  expect(found!.map(({ text }) => JSON.parse(text as string))).toEqual(given);
});
