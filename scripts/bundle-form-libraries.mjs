// Runs after every `npm ci`, on whatever Node npm itself runs on: plain JavaScript. Writes what the sandbox's Xealth page
// draws forms with, libraries alone: nothing of this repository is in it that could become stale.
import { fileURLToPath } from "node:url";

const LIBRARIES = `
export { createElement } from "react";
export { createRoot } from "react-dom/client";
export { default as Form } from "@rjsf/core";
`;

try {
  const { build } = await import("esbuild");
  await build({
    stdin: { contents: LIBRARIES, resolveDir: fileURLToPath(new URL("..", import.meta.url)) },
    outfile: fileURLToPath(new URL("../sandbox/generated/form-libraries.js.txt", import.meta.url)),
    bundle: true,
    minify: true,
    format: "esm",
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "eof",
    logLevel: "error",
  });
} catch (error) {
  if (error.code === "ERR_MODULE_NOT_FOUND")
    console.log("The forms of the sandbox are left out: esbuild is not installed");
  else process.exitCode = 1;
}
