import { spawn } from "node:child_process";
import path from "node:path";

/** What a tool says when it fails is cut to its end. */
const SAID_MAX = 3000;

/** Runs a program in a folder, with more variables than ours; resolves with what it said, rejects with its end when it fails. */
export function runTool(
  cwd: string,
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  // The Node that runs this script is the first to be found by the tools.
  const found = `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`;
  const env = { ...process.env, PATH: found, ...variables };
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) =>
      status === 0 ? resolve(said) : reject(new Error(`${program} ended with ${status}\n${said.slice(-SAID_MAX)}`)),
    );
  });
}
