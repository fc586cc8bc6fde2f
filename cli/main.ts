#!/usr/bin/env node
import { EXIT } from "./exit-status.ts";
import { run } from "./program.ts";

const stop = new AbortController();
process.on("SIGINT", () => {
  // The second one does not wait for what is under way.
  if (stop.signal.aborted) process.exit(130);
  stop.abort();
});
let unwritten: string | undefined;
process.stdout.on("error", ({ code = "unknown error" }: NodeJS.ErrnoException) => {
  // Those who read the answer may stop reading, as `head` does.
  if (code !== "EPIPE") unwritten ??= code;
});
// Nobody has to be there for what is said besides.
process.stderr.on("error", () => undefined);

let status = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  env: process.env,
  stop: stop.signal,
});
await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
if (unwritten !== undefined) {
  process.stderr.write(`clinics: the answer could not be written (${unwritten})\n`);
  if (status === EXIT.done) status = EXIT.partly;
}
process.exitCode = status;
// A request that was given up may keep its connection open, and the process with it.
if (stop.signal.aborted) process.exit(status);
