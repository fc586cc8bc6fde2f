import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { unstable_readConfig } from "wrangler";
import { commandLine, giveUp } from "./command-line.ts";
import { AS_DEPLOYED } from "./as-deployed.ts";
import { ROOT } from "./local-state.ts";
import { runWranglerHere } from "./wrangler.ts";

const USAGE = `Publishes Clinics Edge: brings the production database up to date, then puts the Worker there.

  npm run deploy [-- --dry-run]

  --dry-run  build what would be published and say how large it is; nothing is sent or changed`;

const ENVIRONMENT = "production";
/** Our choices: what is larger starts noticeably later. */
const WHOLE_KB_MAX = 1200;
/** For everything but fonts and what draws documents: these are loaded when the first document is drawn. */
const BUNDLE_KB_MAX = 300;
/** What draws documents. For the measurement a package takes its place that the bundle has anyway. */
const WITHOUT_DOCUMENTS = ["pdfkit", "fontkit", "#report-renderer"].flatMap((name) => [
  "--alias",
  `${name}:quickselect`,
]);

const given = commandLine(USAGE, { "dry-run": { type: "boolean" } });

if (given["dry-run"]) await tryBuild();
else await deploy();

async function deploy(): Promise<void> {
  const { d1_databases } = unstable_readConfig({ config: path.join(ROOT, "wrangler.toml"), env: ENVIRONMENT });
  for (const { binding, database_id, database_name } of d1_databases) {
    if (!database_id || /^[0-]*$/.test(database_id)) {
      giveUp(
        `The production database does not exist yet: the database_id of ${binding} under [env.production] in wrangler.toml
is still the placeholder. Create it with "npx wrangler d1 create ${database_name}" and put the id it prints there.
docs/production.md lists everything that is created once.`,
      );
    }
  }
  // The tables first: the Worker of today works with tables that are ahead of it, not with tables that are behind.
  for (const { binding } of d1_databases) {
    await orGiveUp(["d1", "migrations", "apply", binding, "--remote", "--env", ENVIRONMENT]);
  }
  await orGiveUp(["deploy", "--env", ENVIRONMENT, ...AS_DEPLOYED]);
}

function kb(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}

async function tryBuild(): Promise<void> {
  const bundle = await built(WITHOUT_DOCUMENTS, /\.m?js$/);
  const whole = await built([], /\.(?:m?js|ttf)$/);
  console.log(`\nbundle ${kb(whole.bytes)} KB, ${kb(whole.compressed)} KB gzip (at most ${WHOLE_KB_MAX} KB)`);
  console.log(
    `of this without fonts and documents ${kb(bundle.bytes)} KB, ${kb(bundle.compressed)} KB gzip (at most ${BUNDLE_KB_MAX} KB)`,
  );
  if (bundle.compressed > BUNDLE_KB_MAX * 1024 || whole.compressed > WHOLE_KB_MAX * 1024) {
    giveUp("The bundle is too large.");
  }
}

/** Builds what would be published, and measures those of its files. */
async function built(args: readonly string[], files: RegExp): Promise<{ bytes: number; compressed: number }> {
  const directory = path.join(ROOT, ".wrangler", "dry-run");
  rmSync(directory, { recursive: true, force: true });
  await orGiveUp(["deploy", "--env", ENVIRONMENT, "--dry-run", "--outdir", directory, ...AS_DEPLOYED, ...args]);
  const modules = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((file) => files.test(file));
  if (modules.length === 0) giveUp("The build left no bundle.");
  const contents = modules.map((module) => readFileSync(path.join(directory, module)));
  return {
    bytes: contents.reduce((sum, { length }) => sum + length, 0),
    compressed: contents.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0),
  };
}

async function orGiveUp(args: readonly string[]): Promise<void> {
  const status = await runWranglerHere(args);
  if (status !== 0) giveUp(`wrangler ${args.slice(0, 3).join(" ")} ended with ${status}: nothing after it was done.`);
}
