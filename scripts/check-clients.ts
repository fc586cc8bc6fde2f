import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { commandLine, refuse } from "./command-line.ts";
import { startDemoSession } from "./demo-session.ts";
import { ROOT } from "./local-state.ts";
import { runTool } from "./tool.ts";
import { check, expect, finish } from "./trial.ts";

const FOLDER = path.join(ROOT, "checks", "clients");
const DESCRIPTION = path.join(ROOT, "public", "openapi.json");
const PYTHON = path.join(FOLDER, ".venv", "bin");
const TOOLS_MISSING = 3;

/** What every client has to do, in this order; each program prints a line for each. */
const CALLS = [
  "list patients, filtered and ordered",
  "read a clinic: an enum, a time",
  "query data of several types",
  "page through data by a header",
  "ask for the time",
  "create a patient",
  "create it once more with the same key",
  "update the patient",
  "add data of several types",
  "delete the patient",
  "be refused, with a typed error",
];

interface Tool {
  readonly name: string;
  readonly test: () => Promise<unknown>;
  readonly remedy: string;
}
interface Client {
  readonly generator: string;
  readonly needs: readonly (keyof typeof TOOLS)[];
  /** Writes the client into the folder; what the generator says. */
  readonly generate: (folder: string) => Promise<string>;
  readonly compile: (folder: string) => Promise<unknown>;
  /** The program that makes the calls. */
  readonly program: readonly [string, ...string[]];
}

const TOOLS = {
  java: {
    name: "Java 11 or newer",
    test: () => runTool(FOLDER, "java", ["-version"]),
    remedy: "Debian: apt-get install default-jre-headless",
  },
  python: {
    name: "Python 3.11 or newer with venv",
    test: () => runTool(FOLDER, "python3", ["-c", "import sys, venv, ensurepip; assert sys.version_info >= (3, 11)"]),
    remedy: "Debian: apt-get install python3-venv",
  },
  go: {
    name: `Go ${/^go (\S+)$/m.exec(readFileSync(path.join(FOLDER, "go.mod"), "utf8"))![1]} or newer`,
    // A Go that is too old refuses the folder, unless it may fetch a newer one.
    test: () => runTool(FOLDER, "go", ["version"]),
    remedy: "Debian: apt-get install golang, which fetches the rest from 1.21 on",
  },
} satisfies Record<string, Tool>;

const versionOf = (name: string, file: string): string =>
  new RegExp(`${name}(?:==| )v?(\\S+)`).exec(readFileSync(path.join(FOLDER, file), "utf8"))![1]!;

const inVenv = (folder: string, program: string, ...args: string[]) =>
  // One of the generators formats its code when it finds its formatter.
  runTool(folder, path.join(PYTHON, program), args, { PATH: `${PYTHON}${path.delimiter}${process.env.PATH}` });
const ofProject = (folder: string, file: string, ...args: string[]) =>
  runTool(folder, process.execPath, [path.join(ROOT, "node_modules", file), ...args]);

const openapiGenerator = (output: string) => (folder: string) =>
  inVenv(folder, "openapi-generator-cli", "generate", "-c", "generator.yaml", "-i", DESCRIPTION, "-o", output);

/** Replaces text in what was generated. Throws when there is none of it: the generator has been corrected. */
function correct(folder: string, names: RegExp, wrong: RegExp, right: string): void {
  let corrected = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((it) => names.test(it))) {
    const file = path.join(folder, name);
    const before = readFileSync(file, "utf8");
    const after = before.replaceAll(wrong, right);
    if (after === before) continue;
    writeFileSync(file, after);
    corrected += 1;
  }
  if (corrected === 0) throw new Error(`nothing to correct: ${wrong}`);
}

/** Judges the calls strictly: whether they fit the types of the client. Inside both clients are slips of their generators. */
const mypy = (folder: string) => inVenv(folder, "mypy", "--strict", "--follow-imports=silent", "calls.py");
const vet = (folder: string) => runTool(folder, "go", ["vet", "./..."]);

const GENERATOR = `openapi-generator ${versionOf("openapi-generator-cli", "requirements.txt")}`;

const CLIENTS: Readonly<Record<string, Client>> = {
  "typescript-fetch": {
    generator: GENERATOR,
    needs: ["java", "python"],
    generate: openapiGenerator("generated"),
    async compile(folder) {
      symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
      await ofProject(folder, "typescript/bin/tsc", "-p", ".");
      const esbuild = path.join(ROOT, "node_modules", ".bin", "esbuild");
      await runTool(folder, esbuild, [
        "calls.ts",
        "--bundle",
        "--platform=node",
        "--format=esm",
        "--outfile=calls.mjs",
      ]);
    },
    program: [process.execPath, "calls.mjs"],
  },
  python: {
    generator: GENERATOR,
    needs: ["java", "python"],
    async generate(folder) {
      const said = await openapiGenerator(".")(folder);
      // Patterns of the description are those of ECMA-262 with Unicode, which Python's own `re` does not read.
      correct(path.join(folder, "clinics_edge_client"), /\.py$/, /^import re\b/gm, "import regex as re");
      return said;
    },
    compile: mypy,
    program: [path.join(PYTHON, "python"), "calls.py"],
  },
  go: {
    generator: GENERATOR,
    needs: ["java", "python", "go"],
    async generate(folder) {
      const said = await openapiGenerator("clinics")(folder);
      // It measures the length of a required time as if it were a text.
      correct(folder, /api_patients\.go$/, /strlen\(\*r\.lastDataCutoff\)/g, "strlen(r.lastDataCutoff.String())");
      return said;
    },
    compile: vet,
    program: ["go", "run", "."],
  },
  "openapi-python-client": {
    generator: `openapi-python-client ${versionOf("openapi-python-client", "requirements.txt")}`,
    needs: ["python"],
    generate(folder) {
      const given = ["--path", DESCRIPTION, "--config", "generator.yaml", "--meta", "none"];
      return inVenv(folder, "openapi-python-client", "generate", ...given, "--output-path", "clinics_edge_client");
    },
    compile: mypy,
    program: [path.join(PYTHON, "python"), "calls.py"],
  },
  "oapi-codegen": {
    generator: `oapi-codegen ${versionOf("oapi-codegen/v2", "go.mod")}`,
    needs: ["go"],
    generate: (folder) => runTool(folder, "go", ["tool", "oapi-codegen", "-config", "generator.yaml", DESCRIPTION]),
    compile: vet,
    program: ["go", "run", "."],
  },
};

/** Warnings that are understood. Any other fails the check. */
const WARNINGS: readonly { readonly says: RegExp; readonly why: string }[] = [
  { says: /OpenAPI 3\.1 support is still in beta/, why: "said of every description in OpenAPI 3.1" },
  {
    says: /Validation 'minItems' has no effect on schema 'string'/,
    why: "the name of a clinic has it in the published contract, and ours is the same",
  },
  {
    says: /Failed to get the schema name: null/,
    why: "the generator says no more, not where; the client compiles and does what it should",
  },
  { says: /type \(reserved word\) cannot be used as/, why: "a word of Go; the parameter is called type_" },
  { says: /Codegen property is null .*Default to typing\.Any/, why: "free content, of which nothing is known, is Any" },
];

const USAGE = `Generates clients from public/openapi.json with generators for several languages, compiles them or checks their types,
and makes ${CALLS.length} calls with each to a local server. The generated code is in a temporary folder; generators are installed in
checks/clients, in the versions named there. Prints a line for each check and a table of all clients.

  npm run check:clients [-- --only NAME] [-- --keep]

  --only NAME   one client: ${Object.keys(CLIENTS).join(", ")}
  --keep        keeps the folder with the generated code, and says where it is

Needs Java, Python and Go. Ends with 1 when a check failed, with ${TOOLS_MISSING} when a tool is missing.`;

const { only, keep = false } = commandLine(USAGE, { only: { type: "string" }, keep: { type: "boolean" } });
if (only !== undefined && !(only in CLIENTS)) refuse(`there is no client named ${only}`, USAGE);
const chosen = Object.entries(CLIENTS).filter(([name]) => only === undefined || name === only);

const missing: Tool[] = [];
for (const need of new Set(chosen.flatMap(([, { needs }]) => needs))) {
  const tool: Tool = TOOLS[need];
  await tool.test().catch(() => missing.push(tool));
}
if (missing.length > 0) {
  console.error(missing.map(({ name, remedy }) => `missing: ${name} (${remedy})`).join("\n"));
  console.error("Nothing was checked. With --only a client that needs less can be checked.");
  process.exit(TOOLS_MISSING);
}

const work = mkdtempSync(path.join(tmpdir(), "clinics-edge-clients-"));
process.on("exit", () => {
  if (keep) console.log(`the generated code is in ${work}`);
  else rmSync(work, { recursive: true, force: true });
});
cpSync(FOLDER, work, { recursive: true, filter: (source) => !source.includes(".venv") });

if (chosen.some(([, { needs }]) => needs.includes("python"))) {
  const isInstalled = await check("the generators are installed", async () => {
    await runTool(FOLDER, "python3", ["-m", "venv", ".venv"]);
    await inVenv(FOLDER, "pip", "install", "--quiet", "--requirement", "requirements.txt");
  });
  if (!isInstalled) finish();
}

interface Result {
  readonly name: string;
  readonly generator: string;
  done: string;
  warnings: number;
  seconds: number;
}
const results: Result[] = [];
const warned = new Map<string, number>();

/** Counts the warnings that are understood; throws at others. */
function judgeWarnings(said: string, result: Result): void {
  for (const line of said.split("\n").filter((it) => /\bwarn/i.test(it))) {
    const known = WARNINGS.find(({ says }) => says.test(line));
    if (known === undefined) throw new Error(`a warning that is not understood: ${line}`);
    warned.set(known.why, (warned.get(known.why) ?? 0) + 1);
    result.warnings += 1;
  }
}

const demo = await startDemoSession();
for (const [name, { generator, generate, compile, program }] of chosen) {
  const folder = path.join(work, name);
  const result: Result = { name, generator, done: "nothing", warnings: 0, seconds: 0 };
  results.push(result);
  const started = performance.now();
  const isWorking =
    (await check(`${name}: ${generator} generates a client`, async () => {
      const said = await generate(folder);
      result.done = "generated";
      judgeWarnings(said, result);
    })) &&
    (await check(`${name}: it compiles`, async () => {
      await compile(folder);
      result.done = "compiled";
    }));
  if (isWorking) {
    await check(`${name}: ${CALLS.length} calls`, async () => {
      const [command, ...args] = program;
      const said = await runTool(folder, command, [...args, ...demo.args]);
      const called = [...said.matchAll(/^called (.*)$/gm)].map(([, what]) => what);
      expect(called.join("; "), CALLS.join("; "), "calls");
      result.done = `${called.length} calls`;
    });
  }
  result.seconds = Math.round((performance.now() - started) / 1000);
}
await demo.stop();

console.log();
console.table(
  Object.fromEntries(
    results.map(({ name, generator, done, warnings, seconds }) => [name, { generator, done, warnings, seconds }]),
  ),
);
for (const [why, count] of warned) console.log(`${count} × warned: ${why}`);
finish();
