import { expect, test } from "vitest";
import { GOALS, isHeld } from "../bench/goals.ts";
import { markdownTable, outcomesOf, outcomesSince, sumOf } from "../bench/table.ts";

const DAY = "2026-11-28";

test("a figure at its limit holds, one beyond it is missed, from either side", () => {
  expect([10, 10.01].map((value) => isHeld({ what: "longest", limit: 10 }, value))).toEqual([true, false]);
  expect([25, 24.9].map((value) => isHeld({ what: "fewest", limit: 25, isAtLeast: true }, value))).toEqual([
    true,
    false,
  ]);
});

test("a whole run has every goal, also those that were not measured; a run of a part has what it measured", () => {
  const whole = outcomesOf({ mergeAnswer: 12.34 }, true, DAY);
  expect(whole.map(({ goal }) => goal)).toEqual(Object.keys(GOALS));
  expect(whole.filter(({ verdict }) => verdict !== "not measured").map(({ goal }) => goal)).toEqual(["mergeAnswer"]);
  expect(
    outcomesOf({ mergeAnswer: 12.34, ehrJobs: 26 }, false, DAY).map(({ limit, measured, verdict }) => [
      limit,
      measured,
      verdict,
    ]),
  ).toEqual([
    ["≤ 10 s", "12.3 s", "MISSED"],
    ["≥ 25", "26", "HOLDS"],
  ]);
});

test("a figure that misses its goal by little does not look like the goal", () => {
  const measured = outcomesOf({ history: 1.3033, storage: 4096.4, addData: 1.6 }, false, DAY);
  expect(measured.map((it) => it.measured)).toEqual(["4,096.4 bytes", "1.6 ×", "1.3033 ×"]);
});

test("a run of a part changes what it measured alone, and no goal that has changed keeps a figure", () => {
  const first = outcomesOf({ mergeAnswer: 12.34, ehrJobs: 26 }, true, DAY);
  const former = markdownTable(first).replace("| ≤ 2.2 | – | not measured | – |", "| ≤ 9 | 3 | HOLDS | 2026-11-01 |");
  const then = outcomesSince(former, outcomesOf({ ehrJobs: 20, bundle: 290 }, false, "2026-11-29"));
  expect(then.map(({ goal }) => goal)).toEqual(Object.keys(GOALS));
  expect(then.filter(({ verdict }) => verdict !== "not measured").map((it) => [it.goal, it.measured, it.on])).toEqual([
    ["mergeAnswer", "12.3 s", DAY],
    ["bundle", "290 KB", "2026-11-29"],
    ["ehrJobs", "20", "2026-11-29"],
  ]);
  expect(sumOf(then)).toBe(`1 hold, 2 missed, ${then.length - 3} not measured`);
  expect(outcomesSince(markdownTable(then), [])).toEqual(then);
});

test("the table in docs/figures.md has the goals of today; `npm run bench -- --write` writes it", () => {
  const [figures = ""] = Object.values(
    import.meta.glob<string>(["../docs/figures.md"], { query: "?raw", import: "default", eager: true }),
  );
  const goals = markdownTable(outcomesOf({}, true, DAY))
    .split("\n")
    .slice(2);
  const written = figures
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2);
  const goalOf = (row: string) => row.split(" | ").slice(0, 2).join(" | ");
  expect(written.map(goalOf)).toEqual(goals.map(goalOf));
  // Goals are added by hand, and the sum above the table with them.
  const [held, missed, unmeasured] = ["HOLDS", "MISSED", "not measured"].map(
    (verdict) => written.filter((row) => row.includes(`| ${verdict} |`)).length,
  );
  expect(figures).toContain(`: ${held} hold, ${missed} missed, ${unmeasured} not measured.`);
});
