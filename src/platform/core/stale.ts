import { TryLater } from "./errors.ts";

/** Thrown by a guard when something has changed since it was read. */
export class StaleRead extends Error {}

/** Our choice: who waits longer has given up. */
const GIVE_UP_AFTER_MS = 10_000;
const RETRY_AFTER_SECONDS = 2;
/** Of more retries at once most would be for nothing. */
const RETRIES_AT_ONCE_MAX = 2;
/** A retry that has not ended after so long belonged to a request that is gone. */
const LOST_AFTER_MS = 2_000;
const PAUSE_MS = 4;

const tooManyChanges = () => new TryLater("unavailable", "too many concurrent changes, try again", RETRY_AFTER_SECONDS);

/** When the retries of this isolate that are under way have begun. Shared state is asked in turns: no request awaits another's promise. */
const underWay = new Set<{ readonly since: number }>();
let waiting = 0;

function isFree(now: number): boolean {
  for (const retry of underWay) if (now - retry.since > LOST_AFTER_MS) underWay.delete(retry);
  return underWay.size < RETRIES_AT_ONCE_MAX;
}

/** Runs a retry when few others do, and pauses that are random and grow with the number of those who wait until then. */
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
 * Runs a read–decide–commit cycle again when what it had read was changed by somebody else before it could commit, so
 * that no update is lost. Retries of one isolate take turns; 503 after ten seconds. Each further attempt costs the
 * cycle's round trips again.
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
