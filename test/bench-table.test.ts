import { expect, test } from "vitest";
import { GOALS, isHeld } from "../bench/goals.ts";
import { markdownTable, outcomesOf } from "../bench/table.ts";

test("a figure at its limit holds, one beyond it is missed, from either side", () => {
  expect([10, 10.01].map((value) => isHeld({ what: "longest", limit: 10 }, value))).toEqual([true, false]);
  expect([25, 24.9].map((value) => isHeld({ what: "fewest", limit: 25, isAtLeast: true }, value))).toEqual([
    true,
    false,
  ]);
});

test("a whole run has every goal, also those that were not measured; a run of a part has what it measured", () => {
  const whole = outcomesOf({ mergeAnswer: 12.34 }, true);
  expect(whole.map(({ goal }) => goal)).toEqual(Object.keys(GOALS));
  expect(whole.filter(({ verdict }) => verdict !== "not measured").map(({ goal }) => goal)).toEqual(["mergeAnswer"]);
  expect(
    outcomesOf({ mergeAnswer: 12.34, ehrJobs: 26 }, false).map(({ limit, measured, verdict }) => [
      limit,
      measured,
      verdict,
    ]),
  ).toEqual([
    ["≤ 10 s", "12.3 s", "MISSED"],
    ["≥ 25", "26", "HOLDS"],
  ]);
});

test("the table in docs/figures.md has the goals of today; `npm run bench -- --write` writes it", () => {
  const [figures = ""] = Object.values(
    import.meta.glob<string>(["../docs/figures.md"], { query: "?raw", import: "default", eager: true }),
  );
  const goals = markdownTable(outcomesOf({}, true)).split("\n").slice(2);
  const written = figures
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2);
  const goalOf = (row: string) => row.split(" | ").slice(0, 2).join(" | ");
  expect(written.map(goalOf)).toEqual(goals.map(goalOf));
  // Goals are added by hand, and the sum above the table with them.
  const [held, missed, unmeasured] = ["HOLDS", "MISSED", "not measured"].map(
    (verdict) => written.filter((row) => row.endsWith(`| ${verdict} |`)).length,
  );
  expect(figures).toContain(`: ${held} hold, ${missed} missed, ${unmeasured} not measured.`);
});
