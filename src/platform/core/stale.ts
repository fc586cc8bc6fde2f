import { TryLater } from "./errors.ts";

/** Thrown by a guard when data was changed concurrently since it was read. */
export class StaleRead extends Error {
  static override readonly name: string = "StaleRead";
}

/** Our choice: clients do not wait longer. */
const GIVE_UP_AFTER_MS = 10_000;
const RETRY_AFTER_SECONDS = 2;
/** With more concurrent retries most would fail again. */
const RETRIES_AT_ONCE_MAX = 2;
/** A retry still running after this time belongs to a request that was aborted. */
const LOST_AFTER_MS = 2_000;
const PAUSE_MS = 4;

export const tooManyChanges = () =>
  new TryLater("unavailable", "too many concurrent changes, try again", RETRY_AFTER_SECONDS);

/** Start times of this isolate's running retries. Requests poll it, as none may await another request's promise. */
const underWay = new Set<{ readonly since: number }>();
let waiting = 0;

function isFree(now: number): boolean {
  for (const retry of underWay) if (now - retry.since > LOST_AFTER_MS) underWay.delete(retry);
  return underWay.size < RETRIES_AT_ONCE_MAX;
}

/** Runs a retry once fewer than the limit are running; polls with random pauses that grow with the number waiting. */
async function inTurn<T>(deadline: number, cycle: () => Promise<T>): Promise<T> {
  waiting += 1;
  try {
    do {
      const pause = Math.random() * PAUSE_MS * (waiting + 1);
      if (Date.now() + pause > deadline) throw tooManyChanges();
      await scheduler.wait(pause);
    } while (!isFree(Date.now()));
  } finally {
    waiting -= 1;
  }
  const retry = { since: Date.now() };
  underWay.add(retry);
  try {
    return await cycle();
  } finally {
    underWay.delete(retry);
  }
}

/**
 * Runs a read–decide–commit cycle, with retries after stale reads, so that no concurrent update is lost. Retries of one
 * isolate are limited; 503 after ten seconds. Each retry costs the cycle's round trips again.
 */
export async function untilFresh<T>(cycle: () => Promise<T>, giveUpAfterMs = GIVE_UP_AFTER_MS): Promise<T> {
  const deadline = Date.now() + giveUpAfterMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await (attempt === 0 ? cycle() : inTurn(deadline, cycle));
    } catch (error) {
      if (!(error instanceof StaleRead)) throw error;
    }
  }
}
