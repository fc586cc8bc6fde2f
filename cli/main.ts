#!/usr/bin/env node
import { run } from "./program.ts";

const stop = new AbortController();
process.on("SIGINT", () => {
  // The second one does not wait for what is under way.
  if (stop.signal.aborted) process.exit(130);
  stop.abort();
});
// Those who read the answer may stop reading, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.exit(1);
});

const status = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  env: process.env,
  stop: stop.signal,
});
process.exitCode = status;
// A request that was given up may keep its connection open, and the process with it. What was written comes first.
if (stop.signal.aborted) process.stdout.write("", () => process.exit(status));
