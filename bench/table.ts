import { readFileSync, writeFileSync } from "node:fs";
import { type Goal, GOALS, type GoalName, isHeld, type Measured } from "./goals.ts";

export interface Outcome {
  readonly goal: GoalName;
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly verdict: "HOLDS" | "MISSED" | "not measured";
}

/** A whole number as it is, others with two digits, none when there are many before the point. */
const figure = (value: number): string =>
  value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });

/** Every goal with what was measured, in their order; those that were not measured only when all were to be. */
export function outcomesOf(measured: Measured, isWhole: boolean): Outcome[] {
  return Object.entries<Goal>(GOALS).flatMap(([name, goal]): Outcome[] => {
    const value = measured[name as GoalName];
    if (value === undefined && !isWhole) return [];
    const unit = goal.unit === undefined ? "" : ` ${goal.unit}`;
    return [
      {
        goal: name as GoalName,
        what: goal.what,
        limit: `${goal.isAtLeast ? "≥" : "≤"} ${figure(goal.limit)}${unit}`,
        measured: value === undefined ? "–" : `${figure(value)}${unit}`,
        verdict: value === undefined ? "not measured" : isHeld(goal, value) ? "HOLDS" : "MISSED",
      },
    ];
  });
}

const HEAD = ["what", "goal", "measured", ""] as const;
const cellsOf = ({ what, limit, measured, verdict }: Outcome) => [what, limit, measured, verdict];

export function plainTable(outcomes: readonly Outcome[]): string {
  const rows = [[...HEAD], ...outcomes.map(cellsOf)];
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export const markdownTable = (outcomes: readonly Outcome[]): string =>
  [[...HEAD], HEAD.map(() => "---"), ...outcomes.map(cellsOf)].map((row) => `| ${row.join(" | ")} |`).join("\n");

const BEGIN = "<!-- The table of `npm run bench -- --write`, not to be edited. -->";
const END = "<!-- End of the table. -->";

/** Puts text in the place between the two marks of a document. */
export function writeBetweenMarks(file: string, text: string): void {
  const before = readFileSync(file, "utf8");
  const [from, to] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the table: ${BEGIN} … ${END}`);
  writeFileSync(file, `${before.slice(0, from + BEGIN.length)}\n\n${text}\n\n${before.slice(to)}`);
}
