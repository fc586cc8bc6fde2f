import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "./program.ts";
import { type StandIn, TOKEN } from "./stand-in.ts";

/** Runs the program in tests: as a function, or as the process that it is. */

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

const environmentOf = ({ url }: Pick<StandIn, "url">) => ({ CLINICS_URL: url, CLINICS_TOKEN: TOKEN });

export async function running(
  service: Pick<StandIn, "url">,
  args: readonly string[],
  env: object = {},
): Promise<Ended> {
  let [out, err] = ["", ""];
  const status = await run(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: { ...environmentOf(service), ...env },
    stop: new AbortController().signal,
  });
  return { status, out, err };
}

const MAIN = path.join(import.meta.dirname, "main.ts");

interface Starting {
  readonly program?: string;
  /** Instead of a pipe that is read to its end: a file, or `closed`. */
  readonly stdout?: number | "closed";
  readonly stderr?: "closed";
}

/** The program as a process, and how it ends. */
export function started(
  service: Pick<StandIn, "url">,
  args: readonly string[],
  { program = MAIN, stdout, stderr }: Starting = {},
) {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH, ...environmentOf(service) },
    stdio: ["ignore", typeof stdout === "number" ? stdout : "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk) => (out += chunk));
  child.stderr!.on("data", (chunk) => (err += chunk));
  if (stdout === "closed") child.stdout!.destroy();
  if (stderr === "closed") child.stderr!.destroy();
  const ended = new Promise<Ended>((resolve) => child.on("close", (status) => resolve({ status, out, err })));
  return { child, ended };
}

const folder = mkdtempSync(path.join(tmpdir(), "clinics-"));
let files = 0;

/** A path of its own, where nothing is. */
export const newPath = (name: string): string => path.join(folder, `${++files}-${name}`);

export function givenFile(content: string | Uint8Array, name = "patients.csv"): string {
  const file = newPath(name);
  writeFileSync(file, content);
  return file;
}
