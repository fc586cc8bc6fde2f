import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT } from "../scripts/local-state.ts";
import { seed } from "./data.ts";
import type { Measured } from "./goals.ts";
import { median } from "./pairs.ts";

/** What this part is called among the scenarios. */
export const SEED_NAME = "seed: patients a second";

export interface SeedFigures {
  readonly patients: number;
  readonly pairs: readonly { readonly now: number; readonly before: number }[];
  readonly measured: Measured;
}

/** Compares how many patients a second the seed makes with that of an earlier commit, each in a database of its own. */
export async function benchSeed(
  before: string,
  { patients, pairs: pairCount }: { readonly patients: number; readonly pairs: number },
  tell: (line: string) => void,
): Promise<SeedFigures> {
  const rates = { now: [] as number[], before: [] as number[] };
  const roots = { now: ROOT, before };
  for (let pair = 0; pair < pairCount; pair++) {
    for (const side of pair % 2 === 0 ? (["now", "before"] as const) : (["before", "now"] as const)) {
      const rate = await rateOf(roots[side], patients);
      rates[side].push(rate);
    }
    tell(`${rates.now[pair]!.toFixed(0)} patients a second, ${rates.before[pair]!.toFixed(0)} before`);
  }
  const pairs = rates.now.map((now, i) => ({ now, before: rates.before[i]! }));
  return { patients, pairs, measured: { seedRate: median(pairs.map((it) => it.now / it.before)) } };
}

/** As the seed says: without the time in which the database is made. */
async function rateOf(root: string, patients: number): Promise<number> {
  const state = mkdtempSync(path.join(tmpdir(), "seeded-"));
  try {
    const said = await seed(root, ["--patients", String(patients), "--state", state]);
    const seconds = Number(/seconds: ([\d.]+)/.exec(said)?.[1]);
    if (!(seconds > 0)) throw new Error(`the seed did not say how long it took\n${said}`);
    return patients / seconds;
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}
