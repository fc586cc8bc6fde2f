// Runs after every `npm ci`, on whatever Node npm itself runs on, and at every start of the server: plain JavaScript. Writes
// the script and the style sheet of the sandbox's workspace, which is a front end on the client.
import { fileURLToPath } from "node:url";

const at = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Throws when the workspace can't be built; its sources have an error then. */
export async function buildWorkspace() {
  const { build } = await import("esbuild");
  await build({
    entryPoints: {
      "workspace.js": at("../sandbox/workspace/main.tsx"),
      "workspace.css": at("../sandbox/workspace/style.css"),
    },
    outdir: at("../sandbox/generated"),
    outExtension: { ".js": ".txt", ".css": ".txt" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2023",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "eof",
    logLevel: "error",
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await buildWorkspace();
  } catch (error) {
    if (error.code === "ERR_MODULE_NOT_FOUND")
      console.log("The workspace of the sandbox is left out: esbuild is not installed");
    else process.exitCode = 1;
  }
}
