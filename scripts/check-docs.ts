import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { commandLine } from "./command-line.ts";
import { ROOT } from "./local-state.ts";
import { blocksOf, differenceOf, type FileBlock, isShell, type ShellBlock } from "./shell-blocks.ts";
import { commandsOf, type Running, ShellSession, startRunning } from "./shell-session.ts";

const USAGE = `Runs the shell blocks of README.md and of all other documents, in order, as they are written: in a fresh copy of what
is under version control, from npm ci on. Prints a line for each block, and ends with 1 when one fails or prints something else
than the document says. Blocks that can't be run here say why; their commands and options have to exist.

  npm run check:docs [-- --only TEXT]

  --only TEXT  of the other documents only those with TEXT in their name; README.md comes first always`;

const STARTED_WITHIN_MS = 300_000;
/** Programs that are not ours, of which nothing can be asked here. */
const OF_THE_SYSTEM = /^(?:grep|sed|python3 -m venv|\.venv\/bin\/pip install)\s/;
const ENDED_WITHIN_MS = 90_000;
/** The ports in the documents; another is used where one is taken. */
const PORTS = [8787, 8790];

interface Finding {
  readonly where: string;
  readonly fault?: string | undefined;
}

const { only } = commandLine(USAGE, { only: { type: "string" } });
const { scripts } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
const helps = new Map<string, { readonly status: number | null; readonly printed: string }>();
const started = performance.now();
const parent = mkdtempSync(path.join(tmpdir(), "clinics-edge-docs-"));
const copy = path.join(parent, "clinics-edge");
const servers: Running[] = [];
let failures = 0;
process.on("exit", () => rmSync(parent, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

const files = copyVersioned();
const ports = new Map<number, number>();
const documents = files.filter((file) => /^(?:[\w-]+|docs\/.+)\.md$/.test(file));
const others = documents.filter((file) => file !== "README.md" && (only === undefined || file.includes(only)));
for (const file of ["README.md", ...others]) await checkDocument(file);
checkCommandsInText(["README.md", ...others]);
for (const server of servers) await server.stop();
process.exit(failures === 0 ? 0 : 1);

/** Copies what git has or would take, and nothing it ignores. */
function copyVersioned(): string[] {
  const list = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  const names = String(list.stdout).split("\0");
  const found = names.filter((file) => file !== "" && existsSync(path.join(ROOT, file)));
  for (const file of found) cpSync(path.join(ROOT, file), path.join(copy, file), { recursive: true });
  return found.toSorted();
}

/** Before something is started: another port for each that it names and that is taken. */
async function findPorts(command: string): Promise<void> {
  for (const port of PORTS.filter((each) => command.includes(String(each)) && !ports.has(each))) {
    const isTaken = !(await isFree(port));
    ports.set(port, isTaken ? await listenOnce(0) : port);
    if (isTaken) console.log(`port ${port} is taken: ${ports.get(port)} is used instead`);
  }
}

function isFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  );
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "localhost", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : port));
    });
  });
}

/** A command as it is written; with other ports where the ones in the documents are taken. */
function withFreePorts(command: string): string {
  let text = command;
  for (const [written, instead] of ports) {
    text = text.replaceAll(String(written), String(instead));
    if (written === PORTS[0] && instead !== written)
      text = text.replace(/npm run dev\b/, `npm run dev -- --port ${instead}`);
  }
  return text;
}

/** A document's blocks share one shell. What README starts goes on to the end: the others are written for beside it. */
async function checkDocument(file: string): Promise<void> {
  const session = new ShellSession(copy);
  const own: Running[] = [];
  for (const block of blocksOf(file, readFileSync(path.join(copy, file), "utf8"))) {
    const from = performance.now();
    const where = `${block.file}:${block.line}`;
    const fault = isShell(block) ? await faultOfShell(block, session, own) : await write(block);
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    const what = isShell(block) && block.notRun !== undefined ? "its commands and options exist" : `${seconds} s`;
    tell({ where: `${where} (${what})`, fault });
  }
  session.close();
  if (file === "README.md") servers.push(...own);
  else for (const running of own) await running.stop();
}

function tell({ where, fault }: Finding): void {
  if (fault !== undefined) failures += 1;
  const at = Math.round((performance.now() - started) / 1000);
  console.log(fault === undefined ? `ok      ${where}, after ${at} s` : `FAILED  ${where}\n        ${fault}`);
}

async function write({ writes, text }: FileBlock): Promise<undefined> {
  const target = path.join(copy, writes);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, `${text}\n`);
}

async function faultOfShell(block: ShellBlock, session: ShellSession, own: Running[]): Promise<string | undefined> {
  if (block.notRun !== undefined) {
    console.log(`not run ${block.file}:${block.line}: ${block.notRun}`);
    return faultOfUnrun(block.text);
  }
  if (block.readyWhen !== undefined) {
    await findPorts(block.text);
    const wanted = { cwd: copy, readyWhen: block.readyWhen, withinMs: STARTED_WITHIN_MS };
    const { running, isReady } = await startRunning(withFreePorts(block.text), wanted);
    own.push(running);
    return isReady ? undefined : `it never said "${block.readyWhen}", but\n${running.printed()}`;
  }
  let printed = "";
  for (const command of commandsOf(withFreePorts(block.text))) {
    const ran = await session.run(command, ENDED_WITHIN_MS);
    if (ran.status === undefined)
      return `${command}\n        did not end within ${ENDED_WITHIN_MS / 1000} seconds: the rest of this document can't be run either`;
    if (ran.status !== 0) return `${command}\n        ended with ${ran.status}, after\n${ran.printed.slice(-3000)}`;
    printed += ran.printed === "" || ran.printed.endsWith("\n") ? ran.printed : `${ran.printed}\n`;
  }
  return block.expected === undefined ? undefined : differenceOf(withFreePorts(block.expected), printed);
}

/** Whether the commands of a block that is not run are there, with the options they are given. */
function faultOfUnrun(text: string): string | undefined {
  const commands = text
    .replaceAll("\\\n", " ")
    .split("\n")
    .flatMap((line) => line.replace(/\s#.*/, "").split("&&"));
  for (const command of commands.map((each) => each.trim()).filter((each) => each !== "" && !each.startsWith("#"))) {
    const fault = faultOfCommand(command);
    if (fault !== undefined) return `${command}\n        ${fault}`;
  }
  return undefined;
}

/** What a command says with `--help`, as it is installed here; asked once. */
function helpOf(line: string): { readonly status: number | null; readonly printed: string } {
  const known = helps.get(line);
  if (known) return known;
  const PATH = [path.join(ROOT, "node_modules", ".bin"), process.env.PATH].join(path.delimiter);
  const env = { ...process.env, PATH, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", `${line} --help`], {
    cwd: ROOT,
    env,
    encoding: "utf8",
  });
  const help = { status, printed: `${stdout}${stderr}` };
  helps.set(line, help);
  return help;
}

function faultOfCommand(whole: string): string | undefined {
  // Variables for the one command say nothing about it.
  const command = whole.replace(/^(?:[A-Z_]+=(?:\$\([^)]*\)|\S)*\s+)+/, "");
  const words = command.split(/\s+/);
  const options = [...command.matchAll(/(?<=[\s[])(--[a-z][\w-]*)/g)].map(([, option]) => option!);
  const gone = words.find((word) => word.endsWith(".ts") && !existsSync(path.join(copy, word)));
  if (gone !== undefined) return `${gone} is not there`;
  if (/^npm ci$|^npm install [\w.-]+\.tgz$/.test(command)) return undefined;
  const script = /^npm (?:run (?:-s )?([\w:]+)|(test))(?=$|[ [])/.exec(command);
  if (script) return faultOfScript(script[1] ?? script[2]!, options);
  if (words[0] === "npx" && words[1] === "wrangler") return faultOfWrangler(words.slice(2), options);
  if (words[0] === "npx" && words[1] === "clinics") return faultOfClinics(words.slice(2), options);
  if (OF_THE_SYSTEM.test(command)) return undefined;
  if (words[0] === "curl" && words.includes("-X")) return undefined;
  return "is none that can be checked without running it";
}

function faultOfScript(name: string, options: readonly string[]): string | undefined {
  const line = scripts[name];
  if (line === undefined) return `package.json has no script ${name}`;
  if (!line.endsWith(".ts")) return undefined;
  const { status, printed } = helpOf(line);
  if (status !== 0) return `--help ended with ${status}`;
  return missing(options, printed);
}

/** The words up to what is named: `d1 create` of `d1 create clinics-edge`, as the first line of the help has them. */
function faultOfWrangler(words: readonly string[], options: readonly string[]): string | undefined {
  const plain = words
    .slice(0, words.findIndex((word) => word.startsWith("-")) >>> 0)
    .filter((word) => !/[<"$]/.test(word));
  const { printed } = helpOf(`node node_modules/wrangler/bin/wrangler.js ${plain.join(" ")}`);
  const usage = /^wrangler ([a-z0-9 -]+)(.*)$/m.exec(printed);
  if (usage?.[1] === undefined) return "wrangler has no such command";
  const known = usage[1].trim().split(" ");
  const named = (usage[2] ?? "").match(/[<[]/g)?.length ?? 0;
  const isKnown = known.every((word, index) => word === plain[index]);
  if (!isKnown || plain.length > known.length + named) return `wrangler knows ${known.join(" ")} only`;
  return missing(options, printed);
}

/** A command of our own command line has two words, or none but options. */
function faultOfClinics(words: readonly string[], options: readonly string[]): string | undefined {
  const named = words.slice(0, 2).filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith("-"));
  const { status, printed } = helpOf(["node build/client/clinics.js", ...named].join(" "));
  if (status !== 0 || !printed.startsWith(["Usage: clinics", ...named].join(" "))) return "there is no such command";
  return missing(options, printed);
}

function missing(options: readonly string[], help: string): string | undefined {
  const asked = options.filter((option) => option !== "--help");
  const unknown = asked.filter((option) => !new RegExp(`${option}(?![\\w-])`).test(help));
  return unknown.length === 0 ? undefined : `${unknown.join(", ")} is not in its --help`;
}

/** Commands that stand in the text: they exist, with the options they are given there. */
function checkCommandsInText(names: readonly string[]): void {
  for (const file of names) {
    const prose = readFileSync(path.join(copy, file), "utf8").replaceAll(/^```\w*\n[^]*?^```$/gm, "");
    const commands = [...prose.matchAll(/`((?:npm (?:run|test)|npx wrangler)\b[^`]*)`/g)].map(
      ([, command]) => command!,
    );
    const faults = [...new Set(commands)].flatMap((command) => {
      const fault = faultOfCommand(command);
      return fault === undefined ? [] : `${command}: ${fault}`;
    });
    if (commands.length === 0) continue;
    tell({ where: `${file}: ${commands.length} commands in the text exist, with their options`, fault: faults[0] });
  }
}
