import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type BuildOptions, build } from "esbuild";
import { commandLine, giveUp } from "./command-line.ts";
import { localState, ROOT } from "./local-state.ts";
import { offline, runWrangler } from "./wrangler.ts";

const USAGE = `Writes THIRD-PARTY-NOTICES.md: whose code and fonts are in the Worker, the pages it serves, the client and the sandbox,
with their licences. What is in a bundle is read from the bundler's own record of it.

  npm run notices [-- --check]

  --check  write nothing; end with 1 when the file is stale or a licence is not allowed`;

/** Licences that let the code be passed on with a notice. */
const ALLOWED = ["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Zlib", "MIT OR Apache-2.0"];
/** Licences that a package.json does not name, or not in the usual way: as its LICENSE reads, and as permissive. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  "dejavu-fonts-ttf": "Bitstream Vera",
  "png-js": "MIT",
};
const FILE = path.join(ROOT, "THIRD-PARTY-NOTICES.md");
const PACKAGE = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

const { check } = commandLine(USAGE, { check: { type: "boolean" } });
const places = new Map<string, Set<string>>();
const directory = mkdtempSync(path.join(tmpdir(), "clinics-edge-notices-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

await addWorker();
await addSandbox();
await addCommandLine();
addPages();
addClient();
const found = [...places.keys()].toSorted().map(describe);
const refused = found.filter(({ name, licence }) => !ALLOWED.includes(licence) && NAMED_OTHERWISE[name] !== licence);
if (refused.length > 0) {
  giveUp(
    `Not on the list of allowed licences: ${refused.map(({ name, licence }) => `${name} (${licence})`).join(", ")}`,
  );
}
const text = notices();
if (!check) writeFileSync(FILE, text);
else if (!existsSync(FILE) || readFileSync(FILE, "utf8") !== text) {
  giveUp("THIRD-PARTY-NOTICES.md is stale: run npm run notices.");
}
console.log(`${found.length} packages, ${new Set(found.map(({ licence }) => licence)).size} licences`);

function add(where: string, inputs: readonly string[]): void {
  for (const input of inputs) {
    const name = PACKAGE.exec(input)?.[1];
    if (name !== undefined) places.set(name, (places.get(name) ?? new Set()).add(where));
  }
}

/** Files that bundling left something of in an output. */
function included(metafile: {
  outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
}): string[] {
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
}

async function addWorker(): Promise<void> {
  const metafile = path.join(directory, "worker.json");
  const args = ["deploy", "--env", "production", "--dry-run", "--outdir", directory, "--metafile", metafile];
  const { status, output } = await runWrangler(args, offline(localState(directory)));
  if (status !== 0) giveUp(`The Worker could not be built.\n\n${output}`);
  add("Worker", included(JSON.parse(readFileSync(metafile, "utf8"))));
  // Fonts are modules beside the bundle.
  if (readdirSync(directory).some((file) => file.endsWith(".ttf")))
    add("Worker", ["node_modules/dejavu-fonts-ttf/ttf"]);
}

/** What esbuild takes into a bundle. */
async function addBundle(
  where: string,
  options: Pick<BuildOptions, "entryPoints" | "stdin" | "platform">,
): Promise<void> {
  const { metafile } = await build({
    ...options,
    bundle: true,
    write: false,
    outdir: directory,
    metafile: true,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  add(where, included(metafile));
}

/** As scripts/bundle-form-libraries.mjs and scripts/build-workspace.mjs build them. */
async function addSandbox(): Promise<void> {
  const contents = 'export * from "react"; export * from "react-dom/client"; export * from "@rjsf/core";';
  await addBundle("sandbox", { stdin: { contents, resolveDir: ROOT } });
  await addBundle("sandbox", { entryPoints: [path.join(ROOT, "sandbox", "workspace", "main.tsx")] });
}

/** As scripts/build-client.mjs builds it. */
async function addCommandLine(): Promise<void> {
  await addBundle("command line", { entryPoints: [path.join(ROOT, "cli", "main.ts")], platform: "node" });
}

/** What scripts/copy-assets.mjs copies. */
function addPages(): void {
  const source = readFileSync(path.join(ROOT, "scripts", "copy-assets.mjs"), "utf8");
  const names = [...source.matchAll(/^\s+name: "(.+)",$/gm)].map(([, name]) => `node_modules/${name}/`);
  if (names.length === 0) giveUp("scripts/copy-assets.mjs names no package: addPages has to read it in another way.");
  add("pages", names);
}

/** The client's runtime is written by its generator. */
function addClient(): void {
  if (existsSync(path.join(ROOT, "client", "generated"))) add("client", ["node_modules/@hey-api/openapi-ts/"]);
}

function describe(name: string) {
  const at = path.join(ROOT, "node_modules", name);
  // `licenses` is what npm took before there was `license`.
  const { version, license, licenses, author } = JSON.parse(readFileSync(path.join(at, "package.json"), "utf8"));
  const licence: string = NAMED_OTHERWISE[name] ?? license ?? licenses?.[0]?.type ?? "unknown";
  const files = readdirSync(at)
    .filter((file) => LICENCE_FILE.test(file))
    .toSorted();
  const texts = files.map((file) => readFileSync(path.join(at, file), "utf8").replaceAll("\r\n", "\n").trim());
  const holder: string = author?.name ?? author ?? "its authors";
  return { name, version: String(version), licence: licence.replace(/^\((.+)\)$/, "$1"), texts, holder };
}

function notices(): string {
  const rows = found.map(
    ({ name, version, licence }) =>
      `| ${name} | ${version} | ${licence} | ${[...places.get(name)!].toSorted().join(", ")} |`,
  );
  const whole = found.map(({ name, version, licence, texts, holder }) => {
    const same = found.find((other) => other.licence === licence && other.texts.length > 0);
    const blocks = texts.map((each) => `\`\`\`\`text\n${each}\n\`\`\`\``);
    if (blocks.length === 0) {
      blocks.push(`Copyright: ${holder}. The package has no licence file; ${licence} reads as under ${same?.name}.`);
    }
    return `## ${name} ${version}\n\n${blocks.join("\n\n")}\n`;
  });
  return `# Third-party notices

Written by \`npm run notices\`; CI fails when it is stale. Code and fonts of others in the Worker, the pages it serves, the client and
the sandbox.

| package | version | licence | in |
|---|---|---|---|
${rows.join("\n")}

${whole.join("\n")}`;
}
