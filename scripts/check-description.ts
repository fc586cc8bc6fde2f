import { existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { commandLine } from "./command-line.ts";
import { startDemoSession } from "./demo-session.ts";
import { ROOT } from "./local-state.ts";
import { runTool } from "./tool.ts";
import { check, finish } from "./trial.ts";

const USAGE = `Has public/openapi.json read by the tools that its users have: two linters, a validator, and three generators of
clients, whose code is compiled and calls a local server. The tools are in checks/description and are installed there
when they are missing. Prints a line for each check; ends with 1 when one of them failed.

  npm run check:description`;

commandLine(USAGE, {});

const FOLDER = path.join(ROOT, "checks", "description");
const GENERATED = path.join(FOLDER, "generated");
const DESCRIPTION = "../../public/openapi.json";
const runs = (program: string, ...args: string[]) => runTool(FOLDER, program, args);
const tool = (name: string, ...args: string[]) => runs(path.join(FOLDER, "node_modules", ".bin", name), ...args);
/** A check for each tool: its name, and how it is run. */
const checkTool = (name: string, run: () => Promise<unknown>) => check(name, async () => void (await run()));

if (!existsSync(path.join(FOLDER, "node_modules", ".package-lock.json"))) {
  const isInstalled = await checkTool("the tools are installed", () => runs("npm", "ci", "--ignore-scripts"));
  if (!isInstalled) finish();
}
rmSync(GENERATED, { recursive: true, force: true });
mkdirSync(GENERATED);

await checkTool("Ajv compiles every schema", () => runs(process.execPath, "compile-schemas.mjs"));
await checkTool("Redocly finds nothing", () => tool("redocly", "lint", DESCRIPTION, "--config", "redocly.yaml"));
await checkTool("Spectral finds nothing", () =>
  tool("spectral", "lint", DESCRIPTION, "--ruleset", "spectral.yaml", "--fail-severity", "warn"),
);
await checkTool("openapi-typescript generates", () =>
  tool("openapi-typescript", DESCRIPTION, "--output", "generated/openapi-typescript.ts"),
);
await checkTool("@hey-api/openapi-ts generates", () =>
  tool("openapi-ts", "--input", DESCRIPTION, "--output", "generated/hey-api", "--client", "@hey-api/client-fetch"),
);
await checkTool("orval generates a client and zod schemas", () => tool("orval", "--config", "orval.config.mjs"));
await checkTool("what they generate compiles", () => tool("tsc", "-p", "."));
const isBundled = await checkTool("and can be bundled", () =>
  tool("esbuild", "calls.ts", "--bundle", "--platform=node", "--format=esm", "--outfile=generated/calls.mjs"),
);
if (isBundled) {
  const demo = await startDemoSession();
  await checkTool("a call with each client", () => runs(process.execPath, "generated/calls.mjs", ...demo.args));
  await demo.stop();
}
finish();
