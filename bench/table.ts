import { readFileSync, writeFileSync } from "node:fs";
import { type Goal, GOALS, type GoalName, isHeld, type Measured } from "./goals.ts";

export interface Outcome {
  readonly goal: GoalName;
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly verdict: "HOLDS" | "MISSED" | "not measured";
  /** The day of the run that measured it, as 2026-11-28. */
  readonly on: string;
}

/** A whole number as it is, others with two digits, none when there are many before the point. */
const figure = (value: number): string =>
  value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });

const NONE = "–";

/** One that is missed never looks like its limit. */
function figureOf(goal: Goal, value: number): string {
  const short = figure(value);
  const isToldApart = isHeld(goal, value) || short !== figure(goal.limit);
  return isToldApart ? short : value.toLocaleString("en", { maximumSignificantDigits: 6 });
}

/** Every goal with what was measured on a day, in their order; those that were not measured only when all were to be. */
export function outcomesOf(measured: Measured, isWhole: boolean, on: string): Outcome[] {
  return Object.entries<Goal>(GOALS).flatMap(([name, goal]): Outcome[] => {
    const value = measured[name as GoalName];
    if (value === undefined && !isWhole) return [];
    const unit = goal.unit === undefined ? "" : ` ${goal.unit}`;
    return [
      {
        goal: name as GoalName,
        what: goal.what,
        limit: `${goal.isAtLeast ? "≥" : "≤"} ${figure(goal.limit)}${unit}`,
        measured: value === undefined ? NONE : `${figureOf(goal, value)}${unit}`,
        verdict: value === undefined ? "not measured" : isHeld(goal, value) ? "HOLDS" : "MISSED",
        on: value === undefined ? NONE : on,
      },
    ];
  });
}

const HEAD = ["what", "goal", "measured", "", "on"] as const;
const cellsOf = ({ what, limit, measured, verdict, on }: Outcome) => [what, limit, measured, verdict, on];

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

/** The outcomes of a table as `markdownTable` writes it. */
function outcomesIn(markdown: string): Omit<Outcome, "goal">[] {
  return markdown.split("\n").flatMap((line) => {
    const [what, limit, measured, verdict, on, ...rest] = line.replace(/^\| | \|$/g, "").split(" | ");
    const isRow = on !== undefined && rest.length === 0 && /^(?:HOLDS|MISSED|not measured)$/.test(verdict!);
    return isRow
      ? [{ what: what!, limit: limit!, measured: measured!, verdict: verdict as Outcome["verdict"], on }]
      : [];
  });
}

/**
 * All goals, with what a run has measured; what it has not stays as a written table has it, unless the goal is another one by
 * now. So a table grows of runs of parts, each with its day.
 */
export function outcomesSince(written: string, outcomes: readonly Outcome[]): Outcome[] {
  const former = outcomesIn(written);
  return outcomesOf({}, true, NONE).map((none) => {
    const kept = former.find(({ what, limit }) => what === none.what && limit === none.limit);
    return outcomes.find(({ goal, on }) => goal === none.goal && on !== NONE) ?? { ...none, ...kept };
  });
}

/** How many of them hold, and how many do not. */
export function sumOf(outcomes: readonly Outcome[]): string {
  const [held, missed, unmeasured] = (["HOLDS", "MISSED", "not measured"] as const).map(
    (wanted) => outcomes.filter(({ verdict }) => verdict === wanted).length,
  );
  return `${held} hold, ${missed} missed, ${unmeasured} not measured`;
}

const BEGIN = "<!-- The table of `npm run bench -- --write`, not to be edited. -->";
const END = "<!-- End of the table. -->";

/** Puts text in the place between the two marks of a document, by what stands there. */
export function writeBetweenMarks(file: string, textAfter: (text: string) => string): void {
  const before = readFileSync(file, "utf8");
  const [from, to] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the table: ${BEGIN} … ${END}`);
  const text = textAfter(before.slice(from + BEGIN.length, to));
  writeFileSync(file, `${before.slice(0, from + BEGIN.length)}\n\n${text}\n\n${before.slice(to)}`);
}
