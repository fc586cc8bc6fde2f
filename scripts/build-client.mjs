// Runs at the end of every `npm ci`, on whatever Node npm itself runs on: plain JavaScript. Writes build/client, the client as
// JavaScript with declarations, in a package of its own that depends on nothing and runs nothing when it is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const compiler = at("node_modules/typescript/bin/tsc");

if (!existsSync(compiler)) {
  console.log("The client is left out: TypeScript is not installed");
} else {
  rmSync(at("build/client"), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [compiler, "-p", at("client")], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
  const { name, version, license } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  const manifest = {
    name,
    version,
    description: "The client of Clinics Edge.",
    license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.3" },
    exports: { "./client": { types: "./index.d.ts", default: "./index.js" } },
  };
  writeFileSync(at("build/client/package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
