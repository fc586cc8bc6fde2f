import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unstable_readConfig } from "wrangler";
import { type LocalState, localVariable, ROOT } from "../scripts/local-state.ts";
import { offline, startWrangler } from "../scripts/wrangler.ts";

const HOST = "127.0.0.1";
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 10_000;
const ASKED_MS = 10_000;

/** Requests are counted as always, and none is too many. */
const UNLIMITED = { LIMIT_PERSON: "10000000", LIMIT_SERVICE: "10000000", LIMIT_WEBHOOK: "10000000" };

/** A Worker that runs in a process of its own, whose CPU can be read. */
export interface Server {
  readonly url: string;
  /** Where its inspector listens. */
  readonly inspectorPort: number;
  /** CPU seconds of the process so far. */
  cpu(): number;
  /** Bytes that the process has written so far, most of them to its database. */
  written(): number;
  stop(): Promise<void>;
}

/**
 * Serves one of the benchmark's Workers on the loopback interface, with the database of a state directory and what more its
 * configuration says.
 */
export async function serve(
  entry: string,
  state: LocalState,
  jwks: string,
  { vars: moreVars, ...more }: { readonly vars?: object } & Record<string, unknown> = {},
  root = ROOT,
): Promise<Server> {
  const port = await freePort();
  const inspectorPort = await freePort();
  const { d1_databases, compatibility_date, define, rules } = unstable_readConfig({
    config: path.join(root, "wrangler.toml"),
  });
  const configuration = path.join(state.persistTo, `${entry}.json`);
  const usual = { ENVIRONMENT: "production", AUTH_ISSUER: localVariable("AUTH_ISSUER"), AUTH_JWKS: jwks, ...UNLIMITED };
  const vars = { ...usual, ...moreVars };
  const main = path.join(root, "bench", `${entry}.ts`);
  // As deployed: a call for every function that is made, to keep its name, is no cost of the service.
  const built = { compatibility_date, define, rules, keep_names: false };
  const whole = { name: entry, main, ...built, d1_databases, vars, ...more };
  writeFileSync(configuration, JSON.stringify(whole));
  const args = ["dev", "--local", "--ip", HOST, "--port", String(port), "--inspector-port", String(inspectorPort)];
  args.push("-c", configuration, "--persist-to", state.persistTo, "--show-interactive-dev-session", "false");
  args.push("--log-level", "error");
  const { child, signal } = startWrangler(args, offline(state));
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => (said = (said + chunk).slice(-4000)));
  child.stderr?.on("data", (chunk: Buffer) => (said = (said + chunk).slice(-4000)));
  const onExit = () => signal("SIGKILL");
  process.on("exit", onExit);
  const url = `http://${HOST}:${port}`;
  const until = Date.now() + READY_WITHIN_MS;
  // The first statement opens the database, by which its process is told from wrangler's own.
  while (!(await isUp(url))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`${entry} was not ready\n${said}`);
    await sleep(200);
  }
  const pid = processWithDatabase(child.pid!);
  return {
    url,
    inspectorPort,
    cpu: () => cpuSeconds(pid),
    written: () => Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]),
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      signal("SIGTERM");
      await Promise.race([ended, sleep(STOPPED_WITHIN_MS, undefined, { ref: false })]);
      signal("SIGKILL");
      process.off("exit", onExit);
    },
  };
}

async function isUp(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/bench/run`, {
      method: "POST",
      body: JSON.stringify({ text: "SELECT count(*) FROM clinics", params: [] }),
      // A Worker that can't be built is never answered for.
      signal: AbortSignal.timeout(ASKED_MS),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

const parentOf = (pid: string) => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name of the program, in parentheses, may hold blanks.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
};

function processWithDatabase(root: number): number {
  const descendants = [String(root)];
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  for (let at = 0; at < descendants.length; at++) {
    for (const pid of all) if (existsSync(`/proc/${pid}`) && parentOf(pid) === descendants[at]) descendants.push(pid);
  }
  const found = descendants.filter((pid) => openFiles(pid).some((file) => file.includes("miniflare-D1DatabaseObject")));
  if (found.length !== 1) throw new Error(`${found.length} processes have the database open, one was expected`);
  return Number(found[0]);
}

const openFiles = (pid: string): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return [];
    }
  });

/** Time on a processor of all threads. The kernel counts it to the nanosecond where it keeps such counts. */
function cpuSeconds(pid: number): number {
  if (existsSync(`/proc/${pid}/schedstat`)) {
    let nanoseconds = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    }
    if (nanoseconds > 0) return nanoseconds / 1e9;
  }
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const TICKS_A_SECOND = 100;
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
