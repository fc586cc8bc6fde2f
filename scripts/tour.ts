import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { commandLine, giveUp, wholeNumber } from "./command-line.ts";
import { ROOT, usableState } from "./local-state.ts";
import { blocksOf, differenceOf, isShell, type ShellBlock, sectionOf } from "./shell-blocks.ts";
import { commandsOf, ShellSession } from "./shell-session.ts";
import { runningServer } from "./state-lock.ts";

const USAGE = `Goes through the tour of README.md on the local server that is running, and compares what each command prints
with what README.md says. Prints every command with its output; ends with 1 when something differs.

  npm run tour [-- --state DIR]

  --state DIR       state directory of the server (default .wrangler)
  --characters N    how much of an output is printed (default 300)`;

const SECTION = "## Five minutes";
const WITHIN_MS = 60_000;
const CHARACTERS_MAX = 1_000_000;
/** Readings of the last day are asked for. */
const DEMO_IS_FRESH_MS = 20 * 3_600_000;

const given = commandLine(USAGE, { state: { type: "string" }, characters: { type: "string" } });
const shown = wholeNumber("characters", given.characters, { fallback: 300, min: 0, max: CHARACTERS_MAX, usage: USAGE });
const state = usableState(given.state);
const { port } = runningServer(state) ?? giveUp("The tour needs a local server: start npm run dev first.");
if (!existsSync(state.demoRecord)) {
  giveUp("The tour needs the demo data: wait until the server is ready, or start it with --fresh.");
}
const isOld = Date.now() - statSync(state.demoRecord).mtimeMs > DEMO_IS_FRESH_MS;

/** The commands of README.md for this server: its port, its state. */
const forServer = (text: string) =>
  text
    .replaceAll("localhost:8787", `localhost:${port}`)
    .replaceAll("npm run -s token --", `npm run -s token --${state.flag}`);

const markdown = readFileSync(path.join(ROOT, "README.md"), "utf8");
const blocks = blocksOf("README.md", sectionOf(markdown, SECTION)).filter((block) => isShell(block));
const session = new ShellSession(ROOT);
let commands = 0;
let failures = 0;
for (const block of blocks) {
  const fault = await faultOf(block);
  console.log(fault === undefined ? `ok      ${placeOf(block)}` : `FAILED  ${placeOf(block)}: ${fault}`);
  if (fault !== undefined) failures += 1;
}
session.close();
console.log(`\n${commands} commands, ${failures} of ${blocks.length} blocks differ from README.md`);
if (failures > 0 && isOld) {
  console.log("The demo data is older than a day, and the tour asks for the last day's: npm run dev -- --fresh");
}
process.exit(failures === 0 ? 0 : 1);

/** Runs the commands of a block and prints them; what is not as README.md says. */
async function faultOf(block: ShellBlock): Promise<string | undefined> {
  const faults: string[] = [];
  let printed = "";
  for (const command of commandsOf(forServer(block.text))) {
    commands += 1;
    console.log(`\n$ ${command}`);
    const ran = await session.run(command, WITHIN_MS);
    const output = ran.printed === "" || ran.printed.endsWith("\n") ? ran.printed : `${ran.printed}\n`;
    const isLong = output.length > shown;
    if (output !== "")
      console.log(isLong ? `${output.slice(0, shown)} … (${output.length} characters)` : output.trimEnd());
    if (ran.status === undefined) return giveUp(`FAILED  ${placeOf(block)}: no end within ${WITHIN_MS / 1000} seconds`);
    if (ran.status !== 0) faults.push(`a command ended with ${ran.status}`);
    printed += output;
  }
  const difference = differenceOf(block.expected ?? "", printed);
  if (difference !== undefined) faults.push(difference);
  return faults.length === 0 ? undefined : faults.join("\n        ");
}

function placeOf({ file, line }: ShellBlock): string {
  return `${file}:${line}`;
}
