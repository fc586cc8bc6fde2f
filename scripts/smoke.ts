import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine } from "./command-line.ts";
import type { Demo } from "./demo-data.ts";
import { localState, ROOT } from "./local-state.ts";

const USAGE = `Starts a server as \`npm run dev\` does, on an empty state directory that is removed afterwards, and goes
through what its users do first. Prints a line for each check; ends with 1 when one of them failed.

  node scripts/smoke.ts`;

commandLine(USAGE, {});

const READY_WITHIN_MS = 90_000;
const STOPPED_WITHIN_MS = 15_000;
const SYNTHETIC_PATIENTS = 40;

const directory = mkdtempSync(path.join(tmpdir(), "clinics-edge-"));
const state = localState(directory);
const port = await freePort();
const baseUrl = `http://localhost:${port}`;
const running = new Set<ChildProcess>();
let failures = 0;

process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
  rmSync(directory, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

async function check(name: string, body: () => Promise<void>): Promise<boolean> {
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

function expect(found: unknown, expected: unknown, what: string): void {
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

function start(script: string, args: readonly string[]): { child: ChildProcess; said: () => string } {
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

async function run(script: string, args: readonly string[]): Promise<{ status: number | null; said: string }> {
  const { child, said } = start(script, args);
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, said: said() };
}

async function startServer() {
  const server = start("dev.ts", ["--port", String(port), "--state", directory]);
  const until = Date.now() + READY_WITHIN_MS;
  while (!server.said().includes("Clinics Edge is ready.")) {
    if (server.child.exitCode !== null || Date.now() > until) throw new Error(`not ready\n${server.said()}`);
    await sleep(100);
  }
  return server;
}

async function stopServer(child: ChildProcess): Promise<void> {
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  child.kill("SIGTERM");
  const status = await Promise.race([ended, sleep(STOPPED_WITHIN_MS, "still running", { ref: false })]);
  expect(status, 0, "exit status");
  const answer = await fetch(`${baseUrl}/health`).catch(() => undefined);
  expect(answer, undefined, "an answer from a stopped server");
}

async function token(...args: string[]): Promise<string> {
  const { status, said } = await run("token.ts", [...args, "--state", directory]);
  expect(status, 0, "exit status of the token command");
  return said.trim();
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function call(method: string, url: string, headers: Record<string, string> = {}, body?: object): Promise<Answer> {
  const response = await fetch(`${baseUrl}${url}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const as = (sessionToken: string) => ({ "x-tidepool-session-token": sessionToken });

interface PatientList {
  readonly data: readonly {
    readonly summary?: { readonly cgmStats?: { readonly periods?: Record<string, object> } };
  }[];
  readonly meta: { readonly count: number };
}

async function listPatients(clinicId: string, sessionToken: string): Promise<PatientList> {
  const answer = await call("GET", `/v1/clinics/${clinicId}/patients?limit=100`, as(sessionToken));
  expect(answer.status, 200, "status");
  return JSON.parse(answer.text) as PatientList;
}

let server: Awaited<ReturnType<typeof startServer>> | undefined;
const isUp = await check("the server starts on an empty directory", async () => {
  server = await startServer();
});
if (!isUp || !server) process.exit(1);

await check("/health and /ready answer", async () => {
  for (const url of ["/health", "/ready"]) expect((await call("GET", url)).status, 200, url);
});

await check("/docs and all it loads are served, under a strict policy", async () => {
  const page = await call("GET", "/docs");
  expect(page.status, 200, "/docs");
  expect(page.headers.get("content-security-policy")?.startsWith("default-src 'none'"), true, "the policy is strict");
  for (const [, url] of page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
    expect((await call("GET", url ?? "")).status, 200, url ?? "");
  }
});

await check("/openapi.json describes the API", async () => {
  const answer = await call("GET", "/openapi.json");
  expect(answer.status, 200, "status");
  const { paths } = JSON.parse(answer.text) as { paths: Record<string, object> };
  expect("/v1/clinics/{clinicId}/patients" in paths, true, "the patients of a clinic are described");
});

const demo = await readDemo();
const admin = await token("--user", demo?.adminId ?? "0000000000");

await check("the demo clinic has its patients", async () => {
  expect((await listPatients(demo?.clinicId ?? "", admin)).meta.count, 13, "patients, the demo patient among them");
});

await check("a request without a token, and a stranger's, are refused", async () => {
  const patients = `/v1/clinics/${demo?.clinicId}/patients`;
  expect((await call("GET", patients)).status, 400, "status without a token");
  expect((await call("GET", patients, as("nonsense"))).status, 401, "status with a bad token");
  expect((await call("GET", patients, as(await token("--user", "ffffffffff")))).status, 403, "status for a stranger");
});

await check("a service sees both demo clinics", async () => {
  const answer = await call("GET", "/v1/clinics", as(await token("--service", "smoke")));
  expect(answer.status, 200, "status");
  expect((JSON.parse(answer.text) as object[]).length, 2, "clinics");
});

await check("a person creates a clinic, once, however often the request is repeated", async () => {
  const mine = as(await token("--user", "5a5a5a5a5a", "--email", "owner@smoke.example", "--name", "Owen Smith"));
  const clinic = { name: "Smoke Test Clinic", preferredBgUnits: "mg/dL", country: "US" };
  const keyed = { ...mine, "idempotency-key": "smoke-1" };
  const first = await call("POST", "/v1/clinics", keyed, clinic);
  expect(first.status, 200, "status");
  const again = await call("POST", "/v1/clinics", keyed, clinic);
  expect(again.headers.get("idempotent-replayed"), "true", "idempotent-replayed");
  const { id } = JSON.parse(first.text) as { id: string };
  expect((JSON.parse(again.text) as { id: string }).id, id, "id of the repeated answer");
  const read = await call("GET", `/v1/clinics/${id}`, mine);
  expect((JSON.parse(read.text) as { name: string }).name, clinic.name, "name");
});

await check("synthetic patients come with their summaries, while the server runs", async () => {
  const seeded = await run("seed.ts", ["--patients", String(SYNTHETIC_PATIENTS), "--state", directory]);
  if (seeded.status !== 0) throw new Error(`seeding ended with ${seeded.status}\n${seeded.said}`);
  const [, clinicId = "", adminId = ""] = /clinic (\w+) +admin (\w+)/.exec(seeded.said) ?? [];
  const { data, meta } = await listPatients(clinicId, await token("--user", adminId));
  expect(meta.count, SYNTHETIC_PATIENTS, "patients");
  for (const { summary } of data) {
    expect(Object.keys(summary?.cgmStats?.periods ?? {}).length, 4, "CGM periods of a patient");
  }
});

await check("a second server on the port is refused, with a reason", async () => {
  const second = await run("dev.ts", ["--port", String(port), "--state", directory]);
  expect(second.status, 1, "exit status");
  expect(second.said.includes(`Port ${port} is taken`), true, "the reason is given");
});

await check("the server stops when it is told to", () => stopServer(server!.child));

await check("a second start finds everything as it was", async () => {
  const restarted = await startServer();
  try {
    expect((await listPatients(demo?.clinicId ?? "", admin)).meta.count, 13, "patients");
  } finally {
    await stopServer(restarted.child);
  }
});

process.exit(failures === 0 ? 0 : 1);

async function readDemo(): Promise<Demo | undefined> {
  let demo: Demo | undefined;
  await check("the demo data is complete", async () => {
    demo = JSON.parse(readFileSync(state.demoRecord, "utf8")) as Demo;
  });
  return demo;
}
