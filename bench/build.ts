import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { AS_DEPLOYED } from "../scripts/as-deployed.ts";
import { ROOT } from "../scripts/local-state.ts";
import { runTool } from "../scripts/tool.ts";
import type { Measured } from "./goals.ts";

/** What this part is called among the scenarios. */
export const BUILD_NAME = "build: bundle and start";

export interface BuildFigures {
  readonly startsMs: readonly number[];
  readonly measured: Measured;
}

const STARTS = 3;
/** What the profiler calls the time in which nothing of the Worker runs. */
const NOT_THE_WORKERS = new Set(["(idle)", "(program)"]);

/** Builds what would be published and profiles its start. */
export async function benchBuild(tell: (line: string) => void): Promise<BuildFigures> {
  const said = await runTool(ROOT, process.execPath, [path.join(ROOT, "scripts", "deploy.ts"), "--dry-run"]);
  const [wholeBundle, bundle] = [...said.matchAll(/([\d.]+) KB gzip \(at most/g)].map(([, kb]) => Number(kb));
  if (wholeBundle === undefined || bundle === undefined) throw new Error(`the build said nothing of its size\n${said}`);
  const startsMs: number[] = [];
  for (let i = 0; i < STARTS; i++) startsMs.push(await startMs());
  const startUp = startsMs.toSorted((a, b) => a - b)[STARTS >> 1]!;
  tell(`bundle ${bundle} KB, whole ${wholeBundle} KB, start ${startUp.toFixed(0)} ms`);
  return { startsMs, measured: { bundle, wholeBundle, startUp } };
}

async function startMs(): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), "clinics-edge-start-"));
  try {
    const file = path.join(folder, "start.cpuprofile");
    const wrangler = path.join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");
    const args = ["check", "startup", "--env", "production", "--outfile", file, `--args=${AS_DEPLOYED.join(" ")}`];
    await runTool(ROOT, process.execPath, [wrangler, ...args], { WRANGLER_SEND_METRICS: "false", CI: "true" });
    const profile = JSON.parse(readFileSync(file, "utf8")) as {
      nodes: { id: number; callFrame: { functionName: string } }[];
      samples: number[];
      timeDeltas: number[];
    };
    const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
    const isOurs = (id: number) => !NOT_THE_WORKERS.has(names.get(id)!);
    // The profiler looks at even intervals: where one is longer, the processor was another program's meanwhile.
    const interval = profile.timeDeltas.toSorted((a, b) => a - b)[profile.timeDeltas.length >> 1]!;
    const ours = profile.timeDeltas.filter((_, i) => isOurs(profile.samples[i]!));
    return ours.reduce((sum, delta) => sum + Math.min(delta, interval), 0) / 1000;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
