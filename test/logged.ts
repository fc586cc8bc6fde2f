import { inspect } from "node:util";
import { afterEach, beforeEach } from "vitest";

const METHODS = ["debug", "info", "log", "warn", "error"] as const;

/** What has been written since a test began. In a list that outlives files, as the Worker does. */
const lines: string[] = [];
const write = console.log.bind(console);
const keep = (...values: unknown[]) =>
  void lines.push(values.map((it) => (typeof it === "string" ? it : inspect(it))).join(" "));

/** What has been written since the test began. */
export const logged = (): readonly string[] => lines;

/**
 * Keeps what is logged in memory, and shows it when the test fails. The runner would send each line to its parent and wait
 * for the answer before it ends a file; but an answer to a line that a request or a queue's event has written is for that
 * event, and when it is over the answer is lost and the run waits for ever.
 */
export function keepLogs(): void {
  for (const method of METHODS) console[method] = keep;
  beforeEach(() => {
    lines.length = 0;
  });
  afterEach(({ task }) => {
    if (task.result?.state === "fail") for (const line of lines) write(line);
  });
}
