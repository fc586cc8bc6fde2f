import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine, giveUp, wholeNumber } from "./command-line.ts";
import {
  DEMO_EHR,
  DEMO_HOSPITAL,
  DEMO_PEOPLE,
  DEMO_SERVICE_ACCOUNT,
  type Demo,
  LOCAL_VERIFICATION_TOKEN,
  LOCAL_XEALTH,
  seedDemo,
} from "./demo-data.ts";
import { type LocalKeys, localKeys, type RedoxKey, redoxKey } from "./local-keys.ts";
import { type LocalState, localVariable, ROOT, usableState } from "./local-state.ts";
import { buildWorkspace } from "./build-workspace.mjs";
import { lockOrGiveUp } from "./state-lock.ts";
import { migrateLocally, offline, startWrangler } from "./wrangler.ts";

const USAGE = `Serves Clinics Edge on this machine alone; nothing outside is needed or called.
On the first start the database is created and filled with demo data.

  npm run dev -- [--port N] [--fresh] [--state DIR] [--patience SECONDS]

  --port N            port to listen on (default 8787)
  --fresh             delete the local data and start over
  --state DIR         keep database and signing key in DIR (default .wrangler)
  --patience SECONDS  how long the server may take to start on a slow machine (default 180)`;

const HOST = "127.0.0.1";
const PORT_MAX = 65_535;
const PATIENCE_S = 180;
const PATIENCE_MAX_S = 3_600;
/** A step that takes longer says now and then that it goes on. */
const STILL_EVERY_MS = 10_000;
const ASKED_MS = 5_000;
const POLL_MS = 150;
const REDOX_CLIENT_ID = "clinics-edge-local";
const CRON_MS = 60_000;

const given = commandLine(USAGE, {
  port: { type: "string" },
  fresh: { type: "boolean" },
  state: { type: "string" },
  patience: { type: "string" },
});
const started = performance.now();
const port = wholeNumber("port", given.port, { fallback: 8787, min: 1, max: PORT_MAX, usage: USAGE });
const patience = wholeNumber("patience", given.patience, {
  fallback: PATIENCE_S,
  min: 1,
  max: PATIENCE_MAX_S,
  usage: USAGE,
});
const baseUrl = `http://localhost:${port}`;
const state = usableState(given.state);

let stillAt: NodeJS.Timeout | undefined;
lockOrGiveUp(state, "server", port);
const taken = await faultOf(port);
if (taken === "EACCES") giveUp(`Port ${port} needs more rights than you have: choose one from 1024 up.`);
if (taken !== undefined) {
  const another = port < PORT_MAX ? port + 1 : port - 1;
  giveUp(
    `Port ${port} is taken. Stop what listens there, or choose another: npm run dev -- --port ${another}${state.flag}`,
  );
}
const isFirst = given.fresh || !existsSync(state.demoRecord);
const preparing = lockOrGiveUp(state, "database");
if (given.fresh) {
  tell("Deleting the local data");
  rmSync(path.join(state.persistTo, "v3"), { recursive: true, force: true });
  rmSync(state.demoRecord, { force: true });
}
mkdirSync(state.persistTo, { recursive: true });
const keys = await localKeys(state);
const ofRedox = await redoxKey(state);
tell(isFirst ? "Creating the local database" : "Checking the local database");
await migrate(state);
preparing.release();
await buildWorkspace();
tell("Starting the server");
await serve(state, keys, ofRedox);

/** Names a step of the preparation, with the seconds since the start; a long one is named again now and then. */
function tell(step: string): void {
  clearInterval(stillAt);
  const seconds = () => String(Math.round((performance.now() - started) / 1000)).padStart(3);
  console.log(`${seconds()} s  ${step} …`);
  stillAt = setInterval(() => console.log(`${seconds()} s  ${step}: still at it …`), STILL_EVERY_MS).unref();
}

/** Listens on a port, any free one for 0, and lets it go again: its number. */
function listenOnce(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(wanted, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : wanted));
    });
  });
}

/** Why a port can't be listened on; nothing when it can. */
async function faultOf(wanted: number): Promise<string | undefined> {
  try {
    await listenOnce(wanted);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}

async function migrate(state: LocalState): Promise<void> {
  const { status, output } = await migrateLocally(state);
  if (status !== 0) giveUp(faultOfMigration(output) ?? `The local database could not be migrated.\n\n${output}`);
}

/** What goes wrong in practice, in one line with the remedy; nothing where it is something else. */
function faultOfMigration(output: string): string | undefined {
  if (/ENOSPC|SQLITE_FULL|disk is full|no space left/i.test(output)) return noSpace();
  if (/SQLITE_CORRUPT|SQLITE_NOTADB|malformed|not a database/i.test(output)) {
    return `The local database in ${state.persistTo} is damaged: start over with npm run dev -- --fresh${state.flag}`;
  }
  return undefined;
}

function noSpace(): string {
  return `There is no room left where ${state.directory} is: free some, or name another directory with --state.`;
}

async function serve(state: LocalState, keys: LocalKeys, ofRedox: RedoxKey): Promise<void> {
  const args = ["dev", "--local", "--ip", HOST, "--port", String(port), "--persist-to", state.persistTo];
  args.push("--inspector-port", String(await listenOnce(0)), "--show-interactive-dev-session", "false");
  // The first is what listens; variables of the command line are the first's alone.
  args.push("-c", path.join(ROOT, "wrangler.toml"), "-c", configureSandbox(state, keys, ofRedox));
  args.push("--var", `AUTH_JWKS:${keys.jwks}`, "--var", `AUTH_ISSUER:${localVariable("AUTH_ISSUER")}`);
  args.push("--var", `SERVICE_ACCOUNT_TOKEN_ENDPOINT:http://${HOST}:${port}/sandbox/oauth2/token`);
  for (const [name, value] of Object.entries({ ...redoxVariables(ofRedox), ...xealthVariables() })) {
    args.push("--var", `${name}:${value}`);
  }
  const server = startWrangler(args, offline(state));
  const output = holdOutput(server.child);
  process.on("exit", () => server.signal("SIGTERM"));
  server.child.on("error", (error) => giveUp(`wrangler could not be started: ${error.message}`));
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      isStopping = true;
      server.signal(signal);
    });
  }
  // Ends it hard, as a power failure would.
  process.on("SIGQUIT", () => {
    isStopping = true;
    server.signal("SIGKILL");
  });
  server.child.on("close", (status) => {
    if (!isStopping) output.show();
    process.exit(isStopping ? 0 : (status ?? 1));
  });

  if (!(await isReady())) {
    output.show();
    giveUp(
      `The server was not ready within ${patience} seconds. Where the machine is slow: npm run dev --${given.port ? ` --port ${port}` : ""} --patience ${Math.min(patience * 3, PATIENCE_MAX_S)}${state.flag}`,
    );
  }
  announce(await demoOf(state, keys, output));
  setInterval(() => void runCron(), CRON_MS);
}

/** Locally nobody runs the cron; without it what a stopped server left in the outbox would stay there. */
async function runCron(): Promise<void> {
  try {
    const response = await fetch(`http://${HOST}:${port}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`);
    await response.arrayBuffer();
  } catch {
    // The server is reloading: the next minute does.
  }
}

/** The server's Redox is the sandbox. */
function redoxVariables({ keyId, privateKey }: RedoxKey): Record<string, string> {
  const standIn = `http://${HOST}:${port}/sandbox/redox`;
  return {
    REDOX_ENABLED: "true",
    REDOX_TEST_MODE: "true",
    REDOX_VERIFICATION_TOKEN: LOCAL_VERIFICATION_TOKEN,
    REDOX_CLIENT_ID,
    REDOX_KEY_ID: keyId,
    REDOX_PRIVATE_KEY: privateKey,
    REDOX_SOURCE_ID: "clinics-edge-local",
    REDOX_SOURCE_NAME: "Clinics Edge",
    REDOX_TOKEN_URL: `${standIn}/token`,
    REDOX_ENDPOINT_URL: `${standIn}/endpoint`,
    REDOX_UPLOAD_URL: `${standIn}/upload`,
  };
}

/** The server's Xealth is the sandbox, too: its page shows the reports in a frame. */
function xealthVariables(): Record<string, string> {
  const standIn = `http://${HOST}:${port}/sandbox/xealth`;
  return {
    XEALTH_ENABLED: "true",
    XEALTH_BEARER_TOKEN: LOCAL_XEALTH.bearerToken,
    XEALTH_CLIENT_ID: LOCAL_XEALTH.clientId,
    XEALTH_CLIENT_SECRET: LOCAL_XEALTH.clientSecret,
    XEALTH_TOKEN_URL: `${standIn}/oauth2/token`,
    XEALTH_SERVER_BASE_URL: `${standIn}/api`,
    XEALTH_FRAME_ORIGINS: baseUrl,
    APPLICATION_URL: baseUrl,
  };
}

/** Writes the sandbox's configuration with its variables: it signs tokens with this server's key. */
function configureSandbox(state: LocalState, keys: LocalKeys, ofRedox: RedoxKey): string {
  const configuration = readFileSync(path.join(ROOT, "sandbox", "wrangler.toml"), "utf8");
  const variables = {
    SIGNING_KEY: keys.signingKey,
    AUTH_ISSUER: localVariable("AUTH_ISSUER"),
    DEMO_PEOPLE: JSON.stringify(DEMO_PEOPLE),
    SERVICE_ACCOUNT: JSON.stringify(DEMO_SERVICE_ACCOUNT),
    REDOX_CLIENT_ID,
    REDOX_PUBLIC_KEY: ofRedox.publicKey,
    REDOX_VERIFICATION_TOKEN: LOCAL_VERIFICATION_TOKEN,
    DEMO_EHR: JSON.stringify(DEMO_EHR),
    XEALTH_BEARER_TOKEN: LOCAL_XEALTH.bearerToken,
    XEALTH_CLIENT_ID: LOCAL_XEALTH.clientId,
    XEALTH_CLIENT_SECRET: LOCAL_XEALTH.clientSecret,
    DEMO_HOSPITAL: JSON.stringify(DEMO_HOSPITAL),
  };
  // JSON's way to write a string is one of TOML's, too.
  const lines = Object.entries(variables).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  const main = JSON.stringify(path.join(ROOT, "sandbox", "src", "worker.ts"));
  const whole = configuration.replace('main = "src/worker.ts"', () => `main = ${main}`) + lines.join("");
  writeFileSync(state.sandboxConfiguration, whole, { mode: 0o600 });
  return state.sandboxConfiguration;
}

/** Keeps back what the server says while it starts, which matters only when the start fails. */
function holdOutput(server: ChildProcess) {
  let held: Buffer[] | undefined = [];
  const forward = (from: Readable | null, to: NodeJS.WriteStream) =>
    from?.on("data", (chunk: Buffer) => (held ? held.push(chunk) : to.write(chunk)));
  forward(server.stdout, process.stdout);
  forward(server.stderr, process.stderr);
  return {
    show() {
      for (const chunk of held ?? []) process.stderr.write(chunk);
      held = undefined;
    },
    drop() {
      held = undefined;
    },
  };
}

async function isReady(): Promise<boolean> {
  const until = Date.now() + patience * 1000;
  while (Date.now() < until) {
    try {
      // The port may be open before anybody answers there.
      const left = Math.max(1, Math.min(ASKED_MS, until - Date.now()));
      const response = await fetch(`http://${HOST}:${port}/ready`, { signal: AbortSignal.timeout(left) });
      await response.arrayBuffer();
      if (response.ok) return true;
    } catch {
      // Not listening yet.
    }
    await sleep(POLL_MS);
  }
  return false;
}

/** The demo data, made on the first start; nothing when it could not be made whole, which is no reason not to serve. */
async function demoOf(
  state: LocalState,
  keys: LocalKeys,
  output: ReturnType<typeof holdOutput>,
): Promise<Demo | undefined> {
  try {
    let demo: Demo;
    if (existsSync(state.demoRecord)) demo = JSON.parse(readFileSync(state.demoRecord, "utf8")) as Demo;
    else {
      tell("Creating the demo clinics");
      demo = await seedDemo(`http://${HOST}:${port}`, keys);
      const draft = `${state.demoRecord}.new`;
      writeFileSync(draft, `${JSON.stringify(demo)}\n`);
      renameSync(draft, state.demoRecord);
    }
    output.drop();
    return demo;
  } catch (error) {
    output.show();
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`\nThe demo data is incomplete: ${reason}. The next start goes on with it, --fresh starts over.`);
    return undefined;
  }
}

function tokenCommand(who: string): string {
  return `npm run -s token -- ${who}${state.flag}`;
}

function announce(demo: Demo | undefined): void {
  clearInterval(stillAt);
  const lines = ["", "Clinics Edge is ready.", "", `  API        ${baseUrl}`, `  Reference  ${baseUrl}/docs`];
  lines.push(`  Sandbox    ${baseUrl}/sandbox/   sign in, read mails, send orders of an EHR`);
  if (demo) {
    lines.push(
      `  Token      ${tokenCommand(`--user ${demo.adminId}`)}   ${demo.adminName}, admin of ${demo.clinicName}`,
      `             ${tokenCommand("--service NAME")}   a backend service`,
      `             ${tokenCommand("--user ID --legacy-clinic")}   a legacy clinic account, to migrate`,
      "",
      "Try it from another terminal:",
      "",
      `  curl -s -H "x-tidepool-session-token: $(${tokenCommand(`--user ${demo.adminId}`)})" \\`,
      `    "${baseUrl}/v1/clinics/${demo.clinicId}/patients?limit=3"`,
    );
  } else {
    lines.push(`  Token      ${tokenCommand("--user ID")}`);
  }
  console.log(`${lines.join("\n")}\n`);
}
