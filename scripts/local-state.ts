import { readFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "..");
const DEFAULT_DIRECTORY = path.join(ROOT, ".wrangler");

/** Where a local server keeps what it needs between two starts. Nothing of it is ever committed. */
export interface LocalState {
  /** What `--state` has to say to reach this directory again; empty for the usual one. */
  readonly flag: string;
  /** The `--persist-to` of every wrangler command. */
  readonly persistTo: string;
  readonly signingKey: string;
  /** Written once the demo data is complete; it goes with the database. */
  readonly demoRecord: string;
  /** sandbox/wrangler.toml with the variables of this server. */
  readonly sandboxConfiguration: string;
  readonly logs: string;
  readonly registry: string;
}

/** The state under a directory, `.wrangler` of this repository unless another is named. */
export function localState(directory: string | undefined): LocalState {
  const base = path.resolve(directory ?? DEFAULT_DIRECTORY);
  return {
    flag: base === DEFAULT_DIRECTORY ? "" : ` --state ${base}`,
    persistTo: path.join(base, "state"),
    signingKey: path.join(base, "local", "signing-key.json"),
    demoRecord: path.join(base, "state", "demo-data.json"),
    sandboxConfiguration: path.join(base, "local", "sandbox.toml"),
    logs: path.join(base, "logs"),
    registry: path.join(base, "registry"),
  };
}

/** A variable of the local environment in wrangler.toml. Asking wrangler itself takes a second of every token. */
export function localVariable(name: string): string {
  const configuration = readFileSync(path.join(ROOT, "wrangler.toml"), "utf8");
  const value = new RegExp(`^${name} = "(.*)"$`, "m").exec(configuration)?.[1];
  if (value === undefined) throw new Error(`wrangler.toml sets no ${name}`);
  return value;
}
