import path from "node:path";
import { ROOT } from "../scripts/local-state.ts";
import { runTool } from "../scripts/tool.ts";
import type { Measured } from "./goals.ts";

/** What this part is called among the scenarios. */
export const SUITE_NAME = "test suite";

export interface SuiteFigures {
  readonly measured: Measured;
}

/** Runs the whole test suite once, as `npm test` does. A failing test ends the benchmark: its time says nothing. */
export async function benchSuite(tell: (line: string) => void): Promise<SuiteFigures> {
  const started = performance.now();
  await runTool(ROOT, process.execPath, [path.join(ROOT, "node_modules", "vitest", "vitest.mjs"), "run"]);
  const suite = (performance.now() - started) / 1000;
  tell(`the test suite took ${suite.toFixed(0)} s`);
  return { measured: { suite } };
}
