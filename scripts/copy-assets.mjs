// Runs after every `npm ci`, on whatever Node npm itself runs on: plain JavaScript, no imports but Node's own.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Whoever serves a viewer passes its licences on.
const VIEWERS = [
  {
    name: "@scalar/api-reference",
    folder: () => "scalar",
    viewer: "The viewer of /docs",
    assets: ["dist/browser/standalone.esm.js"],
    // What it loads when it is needed. The names change with every version.
    chunks: "dist/browser/chunks",
    // The package names its licence and lacks the text.
    licence: "build/scalar-licence.txt",
  },
  {
    name: "pdfjs-dist",
    // Its version stands in the address, so that browsers may keep it for good.
    folder: (version) => `v1/xealth/report/pdfjs-${version}`,
    viewer: "The viewer of reports",
    assets: ["build/pdf.min.mjs", "build/pdf.worker.min.mjs", "LICENSE"],
  },
];

for (const { name, folder, viewer, assets, chunks, licence } of VIEWERS) {
  const source = installed(name);
  if (source === undefined) {
    console.log(`${viewer} is left out: ${name} is not installed`);
    continue;
  }
  try {
    const { version } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
    const target = fileURLToPath(new URL(`../public/${folder(version)}`, import.meta.url));
    removeOthers(target, version);
    mkdirSync(target, { recursive: true });
    for (const asset of assets) copyFileSync(join(source, asset), join(target, basename(asset)));
    if (chunks) copyScripts(join(source, chunks), join(target, basename(chunks)));
    if (licence) copyFileSync(fileURLToPath(new URL(`../${licence}`, import.meta.url)), join(target, "LICENSE"));
  } catch (error) {
    console.error(`${viewer} can't be copied: ${error.message}`);
    process.exitCode = 1;
    break;
  }
}

/** Copies the scripts of a folder, without their source maps, in place of those of an earlier version. */
function copyScripts(from, to) {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to);
  for (const name of readdirSync(from)) if (name.endsWith(".js")) copyFileSync(join(from, name), join(to, name));
}

/** Removes what an earlier version has left. */
function removeOthers(target, version) {
  const stem = basename(target).replace(version, "");
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const isOther = stem.endsWith("-") && name.startsWith(stem) && name !== basename(target);
    if (isOther) rmSync(join(parent, name), { recursive: true });
  }
}

/** The folder of a package; not every package lets its package.json be resolved. */
function installed(name) {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return folders.map((it) => join(it, name)).find((it) => existsSync(join(it, "package.json")));
}
