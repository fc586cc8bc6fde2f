// Runs after every `npm ci`, on whatever Node npm itself runs on: plain JavaScript, no imports but Node's own.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Whoever serves a viewer passes its licences on.
const VIEWERS = [
  {
    name: "swagger-ui-dist",
    folder: () => "swagger",
    viewer: "The viewer of /docs",
    assets: [
      "swagger-ui.css",
      "swagger-ui-bundle.js",
      "favicon-16x16.png",
      "favicon-32x32.png",
      "LICENSE",
      "NOTICE",
      "swagger-ui-bundle.js.LICENSE.txt",
    ],
  },
  {
    name: "pdfjs-dist",
    // Its version stands in the address, so that browsers may keep it for good.
    folder: (version) => `v1/xealth/report/pdfjs-${version}`,
    viewer: "The viewer of reports",
    assets: ["build/pdf.min.mjs", "build/pdf.worker.min.mjs", "LICENSE"],
  },
];

for (const { name, folder, viewer, assets } of VIEWERS) {
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
  } catch (error) {
    console.error(`${viewer} can't be copied: ${error.message}`);
    process.exitCode = 1;
    break;
  }
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

function installed(name) {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
