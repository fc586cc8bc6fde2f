import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, createClient } from "../client/index.ts";
import { misused } from "./exit-status.ts";
import type { Io } from "./io.ts";

/** The options of every command, as they were given. */
export interface Connecting {
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly local?: boolean;
  readonly state?: string;
  readonly json?: boolean;
}

const LOCAL_URL = "http://localhost:8787";
const LOCAL_SERVICE = "command-line";
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The client of the service that the options or the environment name, as whom they say. */
export function connect(given: Connecting, { env }: Pick<Io, "env">): { client: Client; url: string } {
  // The token of this checkout is for its own server: no service that the environment names knows it.
  const url =
    given.url === undefined && !given.local
      ? addressOf("CLINICS_URL", env.CLINICS_URL)
      : addressOf("--url", given.url ?? LOCAL_URL);
  return { client: createClient({ baseUrl: url, token: tokenOf(given, env) }), url };
}

function addressOf(from: "--url" | "CLINICS_URL", given: string | undefined): string {
  if (!given) throw misused("where is the service? Give --url, set CLINICS_URL, or use --local");
  if (!URL.canParse(given)) throw misused(`${from} takes an address such as https://clinics.example`);
  const url = new URL(given);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.has(url.hostname))) {
    throw misused(`${from} takes an https address: only that of this machine may be http`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw misused(`${from} takes an address alone, without credentials, ? and #`);
  }
  return given.replace(/\/+$/, "").replace(/\/v1$/, "");
}

function tokenOf({ token, tokenFile, local, state }: Connecting, env: Io["env"]): string {
  const ways = [token, tokenFile, local || undefined].filter((way) => way !== undefined);
  if (ways.length > 1) throw misused("--token, --token-file and --local exclude one another");
  if (state !== undefined && !local) throw misused("--state goes with --local");
  const found = local
    ? localToken(state)
    : tokenFile !== undefined
      ? read(tokenFile)
      : (token ?? env.CLINICS_TOKEN ?? "");
  const trimmed = found.trim();
  if (trimmed === "") throw misused("who is calling? Set CLINICS_TOKEN, or give --token-file or --local");
  if (!/^[\x21-\x7e]+$/.test(trimmed)) throw misused("the token has characters that no token has");
  return trimmed;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw misused("--token-file takes a file that can be read");
  }
}

/** A token for the local server, as a service, by `npm run token` of the checkout that this program is part of. */
function localToken(state: string | undefined): string {
  const root = checkoutAbove(path.dirname(fileURLToPath(import.meta.url)));
  if (root === undefined) throw misused("--local needs a checkout of the service: its npm run token makes the token");
  const args = ["run", "-s", "token", "--", "--service", LOCAL_SERVICE];
  if (state !== undefined) args.push("--state", path.resolve(state));
  const { status, stdout, stderr } = spawnSync("npm", args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw misused(`no local token: ${stderr?.trim().split("\n").at(-1) || "npm run token failed"}`);
  return stdout;
}

function checkoutAbove(folder: string): string | undefined {
  if (existsSync(path.join(folder, "scripts", "token.ts"))) return folder;
  const above = path.dirname(folder);
  return above === folder ? undefined : checkoutAbove(above);
}
