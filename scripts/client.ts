import { createHash } from "node:crypto";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { commandLine, giveUp } from "./command-line.ts";
import { ROOT } from "./local-state.ts";

const USAGE = `Writes client/generated: the functions and types of every operation, as public/openapi.json describes them.

  npm run client [-- --check]

  --check  writes nothing; ends with 1 when client/generated is not what the description makes`;

const given = commandLine(USAGE, { check: { type: "boolean" } });

const DESCRIPTION = path.join(ROOT, "public/openapi.json");
const GENERATED = path.join(ROOT, "client/generated");

// The generator makes its output with TypeScript's own syntax tree, which version 7 does not publish: it gets version 6.
registerHooks({
  resolve: (specifier, context, next) => next(specifier === "typescript" ? "typescript-with-api" : specifier, context),
});
const { createClient } = await import("@hey-api/openapi-ts");

const made = mkdtempSync(path.join(tmpdir(), "clinics-edge-client-"));
process.on("exit", () => rmSync(made, { recursive: true, force: true }));

await createClient({
  input: DESCRIPTION,
  output: { path: made, module: { extension: ".ts" } },
  plugins: [
    { name: "@hey-api/client-fetch", throwOnError: true },
    "@hey-api/typescript",
    // No client of its own: which one is used is always said, and an answer is its body.
    { name: "@hey-api/sdk", client: false, responseStyle: "data" },
  ],
  logs: { level: "silent", file: false },
});
// The client that nothing uses would be made wherever the functions are imported.
rmSync(path.join(made, "client.gen.ts"));
// By this `npm test` knows, without the generator, whether the description has changed since.
const digest = createHash("sha256").update(readFileSync(DESCRIPTION)).digest("hex");
writeFileSync(path.join(made, "description.sha256"), `${digest}\n`);

const filesIn = (folder: string): string[] =>
  globSync("**/*.*", { cwd: folder })
    .filter((name) => path.extname(name) !== "")
    .toSorted();

if (given.check) {
  const names = new Set([...filesIn(made), ...filesIn(GENERATED)]);
  const stale = [...names].filter((name) => textOf(made, name) !== textOf(GENERATED, name));
  if (stale.length > 0) giveUp(`client/generated is stale, run npm run client: ${stale.join(", ")}`);
} else {
  rmSync(GENERATED, { recursive: true, force: true });
  cpSync(made, GENERATED, { recursive: true });
}

function textOf(folder: string, name: string): string | undefined {
  try {
    return readFileSync(path.join(folder, name), "utf8");
  } catch {
    return undefined;
  }
}
