// Runs at the end of every `npm ci`, on whatever Node npm itself runs on: plain JavaScript. Writes build/client, the client as
// JavaScript with declarations and the command line as one file, in a package of its own that depends on nothing and runs
// nothing when it is installed.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const compiler = at("node_modules/typescript/bin/tsc");

if (!existsSync(compiler)) {
  console.log("The client is left out: TypeScript is not installed");
} else {
  rmSync(at("build/client"), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [compiler, "-p", at("client")], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
  await buildCommandLine();
  const { name, version, license } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  const manifest = {
    name,
    version,
    description: "The client of Clinics Edge, and its command line.",
    license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.3" },
    bin: { clinics: "clinics.js" },
    exports: { "./client": { types: "./index.d.ts", default: "./index.js" } },
  };
  writeFileSync(at("build/client/package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The program with all it needs in one file, for every Node from 20.3 on, and as `npx clinics` of this checkout. */
async function buildCommandLine() {
  const { build } = await import("esbuild");
  const program = at("build/client/clinics.js");
  await build({
    entryPoints: [at("cli/main.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.3",
    // Some of it is CommonJS and asks for Node's own modules.
    banner: { js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);' },
    logLevel: "error",
  });
  chmodSync(program, 0o755);
  const licenses = ["commander", "csv-parse"].map(
    (dependency) => `${dependency}\n\n${readFileSync(at(`node_modules/${dependency}/LICENSE`), "utf8").trim()}\n`,
  );
  writeFileSync(at("build/client/clinics.LICENSES.txt"), licenses.join("\n\n"));
  // npm links programs of packages that it installs, not those of the package it stands in.
  const link = at("node_modules/.bin/clinics");
  rmSync(link, { force: true });
  if (process.platform !== "win32") symlinkSync("../../build/client/clinics.js", link);
}
