import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { commandLine } from "./command-line.ts";
import { ROOT } from "./local-state.ts";
import { check, directory, expect, finish, port } from "./trial.ts";

const USAGE = `Calls every command of package.json in ways it can't work: each has to say in a line what to do instead. Prints a line
for each check; ends with 1 when one of them failed.

  npm run check:commands`;

commandLine(USAGE, {});

interface Ended {
  readonly status: number | null;
  readonly said: string;
}

interface Where {
  readonly cwd?: string;
  /** Where programs are looked for. */
  readonly programs?: string;
  readonly uid?: number;
}

/** The user nobody: root may write everywhere. */
const NOBODY = 65_534;
const ENDED_WITHIN_MS = 60_000;

/** Runs a command line in a shell, as npm does. */
function runLine(line: string, { cwd = ROOT, programs, uid }: Where = {}): Promise<Ended> {
  const installed = path.join(ROOT, "node_modules", ".bin");
  const env = {
    ...process.env,
    PATH: programs ?? `${installed}${path.delimiter}${process.env.PATH}`,
    ...(uid !== undefined && { HOME: directory }),
  };
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", line], { cwd, env, uid, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const late = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), ENDED_WITHIN_MS);
    let said = "";
    child.stdout.on("data", (chunk) => (said += chunk));
    child.stderr.on("data", (chunk) => (said += chunk));
    child.on("error", reject);
    child.on("close", (status) => {
      clearTimeout(late);
      resolve({ status, said });
    });
  });
}

/** One line, with this in it, and no trace of where in the code it was written. */
function expectOneLine({ status, said }: Ended, expectedStatus: number, part: string): void {
  const lines = said.trim().split("\n");
  if (lines.length !== 1 || !said.includes(part)) throw new Error(`one line with "${part}" expected, found\n${said}`);
  expect(status, expectedStatus, "exit status");
}

const { scripts } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
/** Those that people call: npm ci itself runs the others. */
const commands = Object.entries(scripts).filter(([name]) => !["preinstall", "postinstall", "prepare"].includes(name));
/** Those that are ours, not another package's. */
const ours = commands.filter(([, line]) => line.endsWith(".ts"));

for (const [name, line] of ours) {
  await check(`npm run ${name} -- --help says how it is used`, async () => {
    const { status, said } = await runLine(`${line} --help`);
    expect(status, 0, "exit status");
    expect(said.includes(`npm run ${name}`) || said.includes(`npm run -s ${name}`), true, "the command is named");
  });
  await check(
    `npm run ${name} refuses an option and an argument it does not know, and says what it takes`,
    async () => {
      for (const wrong of ["--no-such-option", "9000"]) {
        const { status, said } = await runLine(`${line} ${wrong}`);
        expect(status, 2, "exit status");
        const [first = "", second] = said.split("\n");
        expect(first.includes(wrong) && first.length < 100 && second === "", true, `a short first line: ${first}`);
        expect(/^ {4}at /m.test(said), false, "a stack trace");
      }
    },
  );
}

const uninstalled = path.join(directory, "uninstalled");
mkdirSync(uninstalled);
for (const part of ["package.json", "scripts", "bench"]) {
  cpSync(path.join(ROOT, part), path.join(uninstalled, part), { recursive: true });
}
/** What runs npm itself, and thereby everything as long as nothing is installed. */
const nodeOfNpm = process.env.npm_node_execpath ?? process.execPath;
for (const [name, line] of commands) {
  await check(`npm run ${name} before npm ci says that it comes first`, async () => {
    const programs = [path.dirname(nodeOfNpm), "/usr/bin", "/bin"].join(path.delimiter);
    expectOneLine(await runLine(line, { cwd: uninstalled, programs }), 1, "npm ci");
  });
}

await check("the last step of npm ci says what it can't copy", async () => {
  const half = path.join(directory, "half-installed");
  cpSync(uninstalled, half, { recursive: true });
  mkdirSync(path.join(half, "node_modules", "@scalar", "api-reference"), { recursive: true });
  writeFileSync(path.join(half, "node_modules", "@scalar", "api-reference", "package.json"), "{}");
  expectOneLine(await runLine(scripts.postinstall!, { cwd: half }), 1, "The viewer of /docs can't be copied");
});
await check("a command that lacks a package names it", async () => {
  const half = path.join(directory, "half-installed");
  writeFileSync(path.join(half, "node_modules", ".package-lock.json"), "{}");
  expectOneLine(await runLine(scripts.deploy!, { cwd: half }), 1, "Cannot find package 'wrangler': run npm ci");
});

const file = path.join(directory, "file");
writeFileSync(file, "");
const readOnly = path.join(directory, "read-only");
mkdirSync(readOnly);
chmodSync(readOnly, 0o555);
chmodSync(directory, 0o755);
const uid = process.getuid?.() === 0 ? NOBODY : undefined;
/** Of most file systems. */
const NAME_LENGTH_MAX = 255;
const withState: Record<string, string> = { dev: "", token: "--service x", seed: "--patients 1", bench: "--quick" };
for (const [name, options] of Object.entries(withState)) {
  const call = (state: string, where?: Where) => runLine(`${scripts[name]} ${options} --state ${state}`, where);
  await check(`npm run ${name} refuses a state directory that is a file`, async () => {
    expectOneLine(await call(file), 1, `${file} is a file`);
    expectOneLine(await call(path.join(file, "below")), 1, `${file} is a file`);
  });
  await check(`npm run ${name} refuses a state directory that can't be written`, async () => {
    expectOneLine(await call(readOnly, { uid }), 1, `${readOnly} can't be written`);
    expectOneLine(await call(path.join(readOnly, "below"), { uid }), 1, `${readOnly} can't be written`);
  });
  await check(`npm run ${name} refuses a state directory that can't be made`, async () => {
    const tooLong = path.join(directory, "n".repeat(NAME_LENGTH_MAX + 1));
    expectOneLine(await call(tooLong), 1, `${tooLong} can't be made`);
    // Linux lets nobody make a directory here, and says that the one above is not there.
    if (process.platform === "linux") expectOneLine(await call("/proc/none/below"), 1, "/proc/none can't be made");
  });
}

for (const name of ["dev", "token"]) {
  await check(`npm run ${name} says which file is damaged`, async () => {
    const damaged = path.join(directory, `damaged-${name}`);
    const key = path.join(damaged, "local", "signing-key.json");
    mkdirSync(path.dirname(key), { recursive: true });
    for (const text of ["", "{", "null", '{"kty":"EC"}']) {
      writeFileSync(key, text);
      expectOneLine(await runLine(`${scripts[name]} ${withState[name]} --state ${damaged}`), 1, `${key} is damaged`);
    }
  });
}

/** The last line says what to do, after the steps before it, and there is no trace of where it was noticed. */
function expectLastLine({ status, said }: Ended, part: string): void {
  const last = said.trim().split("\n").at(-1) ?? "";
  if (!last.includes(part) || /^ {4}at /m.test(said)) throw new Error(`"${part}" expected as last line of\n${said}`);
  expect(status, 1, "exit status");
}

await check("npm run dev says that the database is damaged, and how to start over", async () => {
  const damaged = path.join(directory, "damaged-database");
  const persistTo = path.join(damaged, "state");
  await runLine(`wrangler d1 execute DB --local --persist-to ${persistTo} --command "SELECT 1"`);
  const databases = path.join(persistTo, "v3", "d1", "miniflare-D1DatabaseObject");
  const found = readdirSync(databases).filter((name) => !name.startsWith("metadata"));
  for (const name of found.filter((each) => !each.endsWith(".sqlite"))) rmSync(path.join(databases, name));
  const database = found.find((name) => name.endsWith(".sqlite"));
  writeFileSync(path.join(databases, database ?? ""), "no database at all ".repeat(400));
  const ended = await runLine(`${scripts.dev} --port ${port} --state ${damaged}`);
  expectLastLine(ended, `start over with npm run dev -- --fresh --state ${damaged}`);
});

await check("npm run dev says that a port is taken, and names another", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const ended = await runLine(`${scripts.dev} --port ${port} --state ${path.join(directory, "idle")}`);
  server.close();
  expectOneLine(ended, 1, `Port ${port} is taken. Stop what listens there, or choose another`);
});

await check("npm run dev says that the server was not ready in time, and how to wait longer", async () => {
  const slow = path.join(directory, "slow");
  const ended = await runLine(`${scripts.dev} --port ${port} --patience 1 --state ${slow}`);
  expectLastLine(ended, `npm run dev -- --port ${port} --patience 3 --state ${slow}`);
  expect(/^ +\d+ s {2}Starting the server …$/m.test(ended.said), true, "steps with their seconds");
});

const TOO_OLD = ["18.20.8", "20.0.0", "20.18.3", "21.7.3", "22.11.0"];
const NEW_ENOUGH = ["20.19.0", "22.12.0", "24.0.0", "26.1.0"];
await check(`npm on a Node that is too old is refused in one line: ${TOO_OLD.join(", ")}`, async () => {
  const agent = (version: string) => `npm_config_user_agent="npm/10.8.2 node/v${version} linux x64 workspaces/false"`;
  for (const version of TOO_OLD) {
    for (const line of [scripts.preinstall!, scripts.dev!, scripts.test!]) {
      expectOneLine(await runLine(`export ${agent(version)}; ${line}`), 1, `npm runs on ${version}`);
    }
  }
  for (const version of NEW_ENOUGH) {
    expect((await runLine(`${agent(version)} ${scripts.preinstall}`)).status, 0, `exit status on ${version}`);
  }
});

await check("npm run dev refuses a port that is none", async () => {
  for (const port of ["0", "70000", "http", "-1"]) {
    expect((await runLine(`${scripts.dev} --port=${port} --state ${directory}`)).status, 2, `exit status for ${port}`);
  }
});

await check("npm run token takes a small part of an hour as it takes hours", async () => {
  expectOneLine(
    await runLine(`${scripts.token} --service x --hours 1e-7 --state ${path.join(directory, "idle")}`),
    0,
    "ey",
  );
});
await check("npm run token makes no legacy clinic account without a server, nor of a service", async () => {
  const wanted = `${scripts.token} --legacy-clinic --state ${path.join(directory, "idle")}`;
  expectOneLine(await runLine(`${wanted} --user a1b2c3d4e5`), 1, "start npm run dev first");
  expect((await runLine(`${wanted} --service x`)).status, 2, "exit status for a service");
});

await check("npm run seed sends no readings without a server, to nobody, nor less than one", async () => {
  const seed = `${scripts.seed} --state ${path.join(directory, "idle")}`;
  expectOneLine(await runLine(`${seed} --patients 1 --readings 10`), 1, "start npm run dev first");
  for (const options of ["--patients 0 --readings 10", "--readings 0", "--readings many", "--readings=-1"]) {
    expect((await runLine(`${seed} ${options}`)).status, 2, `exit status for ${options}`);
  }
});

const RIVALS = 8;
const locked = path.join(directory, "locked");
mkdirSync(locked);

/** A process that takes the lock of a state and keeps it; what it says first. */
async function rival(): Promise<{ child: ChildProcess; said: string }> {
  const program = `
    import { localState } from ${JSON.stringify(path.join(ROOT, "scripts", "local-state.ts"))};
    import { lockOrGiveUp } from ${JSON.stringify(path.join(ROOT, "scripts", "state-lock.ts"))};
    lockOrGiveUp(localState(${JSON.stringify(locked)}), "server");
    console.log("locked");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "pipe"] });
  process.on("exit", () => child.kill("SIGKILL"));
  const said = await new Promise<string>((resolve) => {
    child.stdout.once("data", (chunk) => resolve(String(chunk).trim()));
    child.stderr.once("data", (chunk) => resolve(String(chunk).trim()));
  });
  return { child, said };
}
const end = (child: ChildProcess) =>
  new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill("SIGKILL");
  });

let holder: ChildProcess | undefined;
await check(`of ${RIVALS} that take a state at once one gets it, the others are told who has it`, async () => {
  const rivals = await Promise.all(Array.from({ length: RIVALS }, rival));
  const winners = rivals.filter(({ said }) => said === "locked");
  expect(winners.length, 1, "processes that got it");
  holder = winners[0]?.child;
  for (const { said } of rivals) {
    if (said !== "locked") expect(said.includes(`process ${holder?.pid}`), true, `the process is named: ${said}`);
  }
});
await check("npm run dev, with --fresh as well, and npm run bench keep off a state that is taken", async () => {
  for (const options of ["", "--fresh"]) {
    expectOneLine(await runLine(`${scripts.dev} ${options} --state ${locked}`), 1, `process ${holder?.pid}`);
  }
  const taken = path.join(directory, "bench");
  mkdirSync(taken);
  symlinkSync(locked, path.join(taken, "product"));
  expectOneLine(await runLine(`${scripts.bench} --quick --fresh --state ${taken}`), 1, `process ${holder?.pid}`);
});
await check("the lock of a process that was killed is free", async () => {
  await end(holder!);
  const { child, said } = await rival();
  await end(child);
  expect(said, "locked", "what the next one says");
});

finish();
