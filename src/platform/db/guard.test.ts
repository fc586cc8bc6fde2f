import { env } from "cloudflare:workers";
import { type SQL, sql } from "drizzle-orm";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rows } from "../../../test/harness.ts";
import { Db, statementObservers } from "./client.ts";
import { refuseIfUnchanged, refuseOutright, refuseWhen, type Step } from "./guard.ts";

class Refused extends Error {}
const refusedWith = (name: string) => () => new Refused(name);
const guard = (name: string, isRefused: boolean, values = 1) =>
  refuseWhen(
    sql`${isRefused ? 1 : 0} IN (${sql.join(
      Array.from({ length: values }, () => sql`${1}`),
      sql`, `,
    )})`,
    refusedWith(name),
  );
const write = (n: number): SQL => sql`INSERT INTO guesses (who, owed, at) VALUES (${`guard-${n}`}, ${n}, 0)`;
const written = async () =>
  (await rows<{ n: number }>("SELECT owed AS n FROM guesses WHERE who LIKE 'guard-%' ORDER BY 1")).map(({ n }) => n);

/** What is refused, or nothing; and the statements that were sent. */
async function outcomeOf(steps: readonly Step[]): Promise<[refusal: string | undefined, statements: number]> {
  let statements = 0;
  const count = () => void (statements += 1);
  statementObservers.add(count);
  try {
    await new Db(env.DB).batch(steps);
    return [undefined, statements];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [error.message, statements];
  } finally {
    statementObservers.delete(count);
    await rows("DELETE FROM guesses WHERE who LIKE 'guard-%' RETURNING 1");
  }
}

describe("guards that follow one another", () => {
  test("are one statement, and refuse as one by one: the first that fails, and nothing is written", async () => {
    const kinds = fc.array(fc.constantFrom("passes", "fails", "write"), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(kinds, fc.integer({ min: 1, max: 60 }), async (all, values) => {
        const steps = all.map((kind, i) => (kind === "write" ? write(i) : guard(String(i), kind === "fails", values)));
        const first = all.indexOf("fails");
        const [refusal, statements] = await outcomeOf(steps);
        expect(refusal).toBe(first < 0 ? undefined : String(first));
        const runs = all.filter((kind, i) => kind === "write" || i === 0 || all[i - 1] === "write").length;
        if (all.length * values <= 40) expect(statements).toBe(runs);
        else expect(statements).toBeLessThanOrEqual(all.length);
      }),
      { numRuns: 60 },
    );
    expect(await written()).toEqual([]);
  });

  test("see how many rows the statement before them changed", async () => {
    const none = sql`UPDATE guesses SET owed = 1 WHERE who = 'guard-none'`;
    const changed = [refuseWhen(sql`changes() > 1`, refusedWith("many")), refuseIfUnchanged(refusedWith("none"))];
    expect((await outcomeOf([write(1), ...changed]))[0]).toBeUndefined();
    expect((await outcomeOf([write(1), none, ...changed]))[0]).toBe("none");
  });

  test("have no rows, and leave those of the other steps where they are", async () => {
    const select = (n: number): SQL => sql`SELECT ${n} AS n`;
    const passing = guard("passes", false);
    const results = await new Db(env.DB).batch([passing, passing, select(1), passing, select(2), passing, passing]);
    expect(results).toEqual([[], [], [{ n: 1 }], [], [{ n: 2 }], [], []]);
    expect((await outcomeOf([refuseOutright(refusedWith("outright")), guard("later", true)]))[0]).toBe("outright");
  });
});
