// Runs after every `npm ci`, on whatever Node npm itself runs on: plain JavaScript, no imports but Node's own.
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ASSETS = [
  "swagger-ui.css",
  "swagger-ui-bundle.js",
  "favicon-16x16.png",
  "favicon-32x32.png",
  // Whoever serves the viewer passes its licences on.
  "LICENSE",
  "NOTICE",
  "swagger-ui-bundle.js.LICENSE.txt",
];

const target = fileURLToPath(new URL("../public/swagger/", import.meta.url));
const source = installedSwaggerUi();
if (source === undefined) {
  console.log("swagger-ui-dist is not installed: the page at /docs stays without its viewer");
} else {
  try {
    mkdirSync(target, { recursive: true });
    for (const asset of ASSETS) copyFileSync(join(source, asset), join(target, asset));
  } catch (error) {
    console.error(`The viewer of /docs can't be copied: ${error.message}`);
    process.exitCode = 1;
  }
}

function installedSwaggerUi() {
  try {
    return dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  } catch {
    return undefined;
  }
}
