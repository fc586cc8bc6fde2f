import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { unstable_readConfig } from "wrangler";
import { commandLine, giveUp } from "./command-line.ts";
import { ROOT } from "./local-state.ts";
import { runWranglerHere } from "./wrangler.ts";

const USAGE = `Publishes Clinics Edge: brings the production database up to date, then puts the Worker there.

  npm run deploy [-- --dry-run]

  --dry-run  build what would be published and say how large it is; nothing is sent or changed`;

const ENVIRONMENT = "production";
/** Our choice, for everything but fonts and documents: what is larger starts noticeably later. */
const BUNDLE_KB_MAX = 300;

const given = commandLine(USAGE, { "dry-run": { type: "boolean" } });

if (given["dry-run"]) await tryBuild();
else await deploy();

async function deploy(): Promise<void> {
  const { d1_databases } = unstable_readConfig({ config: path.join(ROOT, "wrangler.toml"), env: ENVIRONMENT });
  for (const { binding, database_id } of d1_databases) {
    if (!database_id || /^[0-]*$/.test(database_id)) {
      giveUp(
        `The production database does not exist yet: the database_id of ${binding} under [env.production] in wrangler.toml
is still the placeholder. Create it with "npx wrangler d1 create clinics-edge" and put the id it prints there.
docs/configuration.md lists everything that is created once.`,
      );
    }
  }
  // The tables first: the Worker of today works with tables that are ahead of it, not with tables that are behind.
  await orGiveUp(["d1", "migrations", "apply", "DB", "--remote", "--env", ENVIRONMENT]);
  await orGiveUp(["deploy", "--env", ENVIRONMENT]);
}

function kb(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}

async function tryBuild(): Promise<void> {
  const directory = path.join(ROOT, ".wrangler", "dry-run");
  rmSync(directory, { recursive: true, force: true });
  await orGiveUp(["deploy", "--env", ENVIRONMENT, "--dry-run", "--outdir", directory]);
  const modules = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((file) => /\.m?js$/.test(file));
  if (modules.length === 0) giveUp("The build left no bundle.");
  let bytes = 0;
  let compressed = 0;
  for (const module of modules) {
    const content = readFileSync(path.join(directory, module));
    bytes += content.length;
    compressed += gzipSync(content, { level: 9 }).length;
  }
  console.log(`\nbundle ${kb(bytes)} KB, ${kb(compressed)} KB gzip (at most ${BUNDLE_KB_MAX} KB)`);
  if (compressed > BUNDLE_KB_MAX * 1024) giveUp("The bundle is too large.");
}

async function orGiveUp(args: readonly string[]): Promise<void> {
  const status = await runWranglerHere(args);
  if (status !== 0) giveUp(`wrangler ${args.slice(0, 3).join(" ")} ended with ${status}: nothing after it was done.`);
}
