import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import path from "node:path";
import { type LocalState, ROOT } from "./local-state.ts";

const WRANGLER = path.join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");

/** Starts wrangler on the Node that runs this script; npm scripts run on the one this package brings. */
export const startWrangler = (args: readonly string[], options: SpawnOptions): ChildProcess =>
  spawn(process.execPath, [WRANGLER, ...args], { cwd: ROOT, ...options });

const QUIET = { WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };

/** What keeps wrangler from the network and its files inside the state directory. */
export const offline = (state: LocalState): NodeJS.ProcessEnv => ({
  ...process.env,
  ...QUIET,
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_LOG_PATH: state.logs,
  WRANGLER_REGISTRY_PATH: state.registry,
});

/** Runs wrangler to its end without a terminal: its exit status and everything it said. */
export function runWrangler(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ status: number | null; output: string }> {
  const child = startWrangler(args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
}

/** Runs wrangler to its end with this terminal as its own: its exit status. */
export function runWranglerHere(args: readonly string[]): Promise<number> {
  const child = startWrangler(args, { env: { ...process.env, ...QUIET }, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? 1));
  });
}
