import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 100;
const STOPPED_WITHIN_MS = 15_000;

export interface Ran {
  /** Nothing when it did not end in time: then the session is over. */
  readonly status: number | undefined;
  readonly printed: string;
}

/** The commands of a block, each with the comments above it: the shortest runs of lines that a shell takes as whole. */
export function commandsOf(text: string): string[] {
  const commands: string[] = [];
  let open: string[] = [];
  for (const line of text.split("\n")) {
    open.push(line);
    const isEmpty = open.every((each) => /^\s*(?:#.*)?$/.test(each));
    if (isEmpty || line.endsWith("\\")) continue;
    const command = open.join("\n");
    if (spawnSync("bash", ["-n"], { input: `${command}\n` }).status !== 0) continue;
    commands.push(command.trim());
    open = [];
  }
  const rest = open.join("\n").trim();
  return rest === "" ? commands : [...commands, rest];
}

/** What people have in a terminal: nothing that npm adds for the commands it runs. */
export function environmentOfTerminal(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^npm_|^(?:NODE|INIT_CWD|COLOR)$/.test(name));
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const own = folders.filter((folder) => !/node_modules\/\.bin$|node-gyp-bin$/.test(folder));
  return { ...Object.fromEntries(others), PATH: own.join(path.delimiter), npm_config_prefer_offline: "true" };
}

/** One bash in which commands run one after another, so that a variable of one is known to the next. */
export class ShellSession {
  readonly #directory = mkdtempSync(path.join(tmpdir(), "clinics-edge-shell-"));
  readonly #shell: ChildProcess;
  #ended = false;
  #count = 0;

  constructor(cwd: string) {
    this.#shell = spawn("bash", ["--noprofile", "--norc", "-o", "pipefail"], {
      cwd,
      env: environmentOfTerminal(),
      stdio: ["pipe", "ignore", "ignore", "pipe"],
      detached: true,
    });
    this.#shell.stdin?.on("error", () => {});
  }

  /** Runs a command to its end: its exit status and what it printed, errors included. */
  async run(command: string, withinMs: number): Promise<Ran> {
    if (this.#ended) return { status: undefined, printed: "" };
    const at = path.join(this.#directory, String(this.#count++));
    writeFileSync(`${at}.sh`, `${command}\n`);
    const status = this.#nextStatus(withinMs);
    this.#shell.stdin?.write(`. ${at}.sh >${at}.out 2>&1 </dev/null; echo $? >&3\n`);
    const ended = await status;
    if (ended === undefined) this.#kill();
    return { status: ended, printed: existsSync(`${at}.out`) ? readFileSync(`${at}.out`, "utf8") : "" };
  }

  close(): void {
    this.#kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #kill(): void {
    if (this.#ended) return;
    this.#ended = true;
    stopGroup(this.#shell, "SIGKILL");
  }

  #nextStatus(withinMs: number): Promise<number | undefined> {
    const statuses = this.#shell.stdio[3] as Readable;
    return new Promise((resolve) => {
      const done = (status: number | undefined) => {
        clearTimeout(late);
        statuses.off("data", take);
        this.#shell.off("exit", gone);
        resolve(status);
      };
      const late = setTimeout(() => done(undefined), withinMs);
      const take = (chunk: Buffer) => done(Number(String(chunk)));
      const gone = () => done(undefined);
      statuses.on("data", take);
      this.#shell.on("exit", gone);
    });
  }
}

/** A command that goes on running, in a process group of its own. */
export interface Running {
  readonly printed: () => string;
  /** Whether it ended by itself. */
  readonly hasEnded: () => boolean;
  stop(): Promise<void>;
}

/** Starts what goes on running, and waits until it says that it is ready; false when it does not in time. */
export async function startRunning(
  command: string,
  { cwd, readyWhen, withinMs }: { cwd: string; readyWhen: string; withinMs: number },
): Promise<{ running: Running; isReady: boolean }> {
  const directory = mkdtempSync(path.join(tmpdir(), "clinics-edge-shell-"));
  const file = path.join(directory, "out");
  const out = openSync(file, "w");
  const child = spawn("bash", ["--noprofile", "--norc", "-c", command], {
    cwd,
    env: environmentOfTerminal(),
    stdio: ["ignore", out, out],
    detached: true,
  });
  closeSync(out);
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const killNow = () => stopGroup(child, "SIGKILL");
  process.on("exit", killNow);
  let printed: string | undefined;
  const running: Running = {
    printed: () => printed ?? readFileSync(file, "utf8"),
    hasEnded,
    stop: async () => {
      if (!hasEnded()) stopGroup(child, "SIGTERM");
      await Promise.race([ended, sleep(STOPPED_WITHIN_MS, undefined, { ref: false })]);
      killNow();
      process.off("exit", killNow);
      printed = readFileSync(file, "utf8");
      rmSync(directory, { recursive: true, force: true });
    },
  };
  const until = Date.now() + withinMs;
  while (Date.now() < until && !hasEnded()) {
    if (running.printed().includes(readyWhen)) return { running, isReady: true };
    await sleep(POLL_MS);
  }
  return { running, isReady: false };
}

function stopGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}
