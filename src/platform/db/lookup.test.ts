import { env } from "cloudflare:workers";
import { type SQL, sql } from "drizzle-orm";
import * as fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { rows } from "../../../test/harness.ts";
import { Db, statementObservers } from "./client.ts";
import { refuseWhen, type Step } from "./guard.ts";
import { askingOf, rowOf, rowsOfValue, valueOf } from "./read.ts";

const written = (n: number): SQL => sql`INSERT INTO guesses (who, owed, at) VALUES (${`lookup-${n}`}, ${n}, 0)`;
const NEVER = refuseWhen(sql`false`, () => new Error("refused"));
/** A lookup of how many rows there are by then, which takes so many values. */
const howMany = (values = 1): Step => ({
  lookup: sql`SELECT count(*) FROM guesses WHERE who LIKE 'lookup-%' AND 1 IN (${sql.join(
    Array.from({ length: values }, () => sql`${1}`),
    sql`, `,
  )})`,
});

async function sent(steps: readonly Step[]): Promise<{ results: unknown[][]; statements: string[] }> {
  const statements: string[] = [];
  const note = (text: string) => void statements.push(text);
  statementObservers.add(note);
  try {
    return { results: await new Db(env.DB).batch(steps), statements };
  } finally {
    statementObservers.delete(note);
  }
}

afterEach(() => rows("DELETE FROM guesses WHERE who LIKE 'lookup-%' RETURNING 1"));

test("lookups that follow one another are one statement, and each sees what was written before it", async () => {
  const kinds = fc.array(fc.constantFrom("lookup", "write", "guard"), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(kinds, fc.integer({ min: 1, max: 60 }), async (all, values) => {
      const steps = all.map((kind, i) => (kind === "write" ? written(i) : kind === "guard" ? NEVER : howMany(values)));
      const { results, statements } = await sent(steps);
      await rows("DELETE FROM guesses WHERE who LIKE 'lookup-%' RETURNING 1");
      let before = 0;
      for (const [i, kind] of all.entries()) {
        if (kind === "write") before += 1;
        expect(results[i]).toEqual(kind === "lookup" ? [{ value: before }] : []);
      }
      const runs = all.filter((kind, i) => kind === "write" || i === 0 || all[i - 1] !== kind).length;
      if (all.length * values <= 100) expect(statements).toHaveLength(runs);
      else expect(statements.length).toBeLessThanOrEqual(all.length);
    }),
    { numRuns: 60 },
  );
});

test("a value is the first row's, and null where there is no row; a list of rows is empty then", async () => {
  const none = sql`SELECT 1 FROM guesses WHERE who = 'nobody'`;
  const found = await askingOf(new Db(env.DB)).read({
    row: rowOf<{ n: number }>(sql`SELECT 1 AS n`),
    first: valueOf<number>(sql`SELECT value FROM json_each('[3, 4]')`),
    nothing: valueOf<number>(none),
    list: rowsOfValue<string[]>(sql`SELECT json_group_array(json_array(value)) FROM json_each('["a", "b"]')`),
    emptyList: rowsOfValue<string[]>(none),
  });
  expect(found).toEqual({ row: { n: 1 }, first: 3, nothing: null, list: [["a"], ["b"]], emptyList: [] });
});
