import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { localState, ROOT } from "./local-state.ts";

/** A server as `npm run dev` starts it, on an empty directory that is removed afterwards, and what tries it out. */

const READY_WITHIN_MS = 90_000;
const STOPPED_WITHIN_MS = 15_000;

export const directory = mkdtempSync(path.join(tmpdir(), "clinics-edge-"));
export const state = localState(directory);
export const port = await freePort();
export const baseUrl = `http://localhost:${port}`;
const running = new Set<ChildProcess>();
let failures = 0;

process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
  rmSync(directory, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

/** Tries one thing and prints a line for it; whether it went well. */
export async function check(name: string, body: () => Promise<void>): Promise<boolean> {
  try {
    await body();
    console.log(`ok      ${name}`);
    return true;
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${name}\n        ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

/** Ends the process: with 1 when a check has failed. */
export const finish = (): never => process.exit(failures === 0 ? 0 : 1);

export function expect(found: unknown, expected: unknown, what: string): void {
  if (found !== expected)
    throw new Error(`${what}: ${JSON.stringify(expected)} expected, ${JSON.stringify(found)} found`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

export function start(script: string, args: readonly string[]): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, [path.join(ROOT, "scripts", script), ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  running.add(child);
  child.on("exit", () => running.delete(child));
  return { child, said: () => said };
}

export async function run(script: string, args: readonly string[]): Promise<{ status: number | null; said: string }> {
  const { child, said } = start(script, args);
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, said: said() };
}

export async function startServer(readyWithinMs = READY_WITHIN_MS) {
  const server = start("dev.ts", ["--port", String(port), "--state", directory]);
  const until = Date.now() + readyWithinMs;
  while (!server.said().includes("Clinics Edge is ready.")) {
    if (server.child.exitCode !== null || Date.now() > until) throw new Error(`not ready\n${server.said()}`);
    await sleep(100);
  }
  return server;
}

export async function stopServer(child: ChildProcess): Promise<void> {
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  child.kill("SIGTERM");
  const status = await Promise.race([ended, sleep(STOPPED_WITHIN_MS, "still running", { ref: false })]);
  expect(status, 0, "exit status");
  const answer = await fetch(`${baseUrl}/health`).catch(() => undefined);
  expect(answer, undefined, "an answer from a stopped server");
}

/** Ends the server as a power failure would: nothing is finished, nothing in memory survives. */
export async function killServer(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGQUIT");
  await ended;
}

export async function token(...args: string[]): Promise<string> {
  const { status, said } = await run("token.ts", [...args, "--state", directory]);
  expect(status, 0, "exit status of the token command");
  return said.trim();
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export async function call(
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: object,
): Promise<Answer> {
  const response = await fetch(`${baseUrl}${url}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export const as = (sessionToken: string) => ({ "x-tidepool-session-token": sessionToken });
