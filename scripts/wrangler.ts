import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type LocalState, ROOT } from "./local-state.ts";

const WRANGLER = path.join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");

const END_WITH_PARENT = pathToFileURL(path.join(ROOT, "scripts", "end-with-parent.mjs")).href;

/** Wrangler without a terminal, in a process group of its own: its outer process passes no signal on to the inner one. */
export interface WranglerGroup {
  readonly child: ChildProcess;
  /** Sends a signal to all of its processes that are still there. */
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** Starts wrangler on the Node that runs this script. It ends with this process, also when this is killed. */
export function startWrangler(args: readonly string[], env: NodeJS.ProcessEnv): WranglerGroup {
  const command = ["--import", END_WITH_PARENT, WRANGLER, ...args];
  const child = spawn(process.execPath, command, { cwd: ROOT, env, stdio: "pipe", detached: true });
  return {
    child,
    signal: (signal) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // It has ended already.
      }
    },
  };
}

const QUIET = { WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };

/** What keeps wrangler from the network and its files inside the state directory. */
export const offline = (state: LocalState): NodeJS.ProcessEnv => ({
  ...process.env,
  ...QUIET,
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // Traces of every request, kept for good: they outgrow the database and nothing here shows them.
  X_LOCAL_OBSERVABILITY: "false",
  WRANGLER_LOG_PATH: state.logs,
  WRANGLER_REGISTRY_PATH: state.registry,
});

/** Runs wrangler to its end without a terminal: its exit status and everything it said. */
export function runWrangler(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ status: number | null; output: string }> {
  const { child } = startWrangler(args, env);
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
}

/** Brings the local databases up to date, one after the other: two at a time lock each other out. */
export async function migrateLocally(state: LocalState): Promise<{ status: number | null; output: string }> {
  for (const binding of ["DB", "AUDIT_DB"]) {
    const args = ["d1", "migrations", "apply", binding, "--local", "--persist-to", state.persistTo];
    const ended = await runWrangler(args, offline(state));
    if (ended.status !== 0) return ended;
  }
  return { status: 0, output: "" };
}

/** Runs wrangler to its end with this terminal as its own: its exit status. */
export function runWranglerHere(args: readonly string[]): Promise<number> {
  const env = { ...process.env, ...QUIET };
  const child = spawn(process.execPath, [WRANGLER, ...args], { cwd: ROOT, env, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? 1));
  });
}
