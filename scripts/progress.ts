const BAR_WIDTH = 24;
const TERMINAL_EVERY_MS = 200;
const ELSEWHERE_EVERY_MS = 5_000;

/** Tells how far it has come: on one line of a terminal, with a bar, now and then elsewhere. */
export function progressOf(what: string, total: number) {
  const started = performance.now();
  const isTerminal = process.stderr.isTTY;
  const everyMs = isTerminal ? TERMINAL_EVERY_MS : ELSEWHERE_EVERY_MS;
  let done = 0;
  let told = 0;
  return {
    add(count: number) {
      done += count;
      const elapsed = performance.now() - started;
      if (elapsed - told < everyMs) return;
      told = elapsed;
      const line = `${done} of ${total} ${what}, ${Math.round(done / (elapsed / 1000))} a second`;
      const filled = "█".repeat(Math.floor((BAR_WIDTH * done) / total));
      process.stderr.write(isTerminal ? `\r${filled.padEnd(BAR_WIDTH, "░")} ${line}\u001b[K` : `${line}\n`);
    },
    end() {
      if (isTerminal) process.stderr.write("\r\u001b[K");
    },
  };
}
