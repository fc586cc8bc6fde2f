import { TryLater } from "../core/errors.ts";

/** Where time comes from. */
export interface Clock {
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

const REAL: Clock = { now: Date.now, wait: (ms) => scheduler.wait(ms) };

/** How much later the next one begins for each millisecond by which those before were late. */
const PER_LATE_MS = 5;
/** The weight of the latest in how late they are lately. */
const LATEST = 0.1;

/**
 * Lets an isolate begin work of a kind one piece after the other: each gets a time at which it begins, `spacingMs` behind the one
 * before. Those that begin late for want of time in the isolate let the next ones begin later, up to ten times as much, so that
 * other requests get their time. Who waits has nothing in memory but a request that was not read yet; one after the other, as a
 * client sends, waits for nothing.
 *
 * Nobody waits for another one, whose client may have gone, but for a time alone.
 */
export class Pace {
  readonly #spacingMs: number;
  readonly #waitMsMax: number;
  readonly #clock: Clock;
  #lateMs = 0;
  /** When the next one may begin. */
  #free = 0;

  /** Who would wait longer than `waitMsMax` is refused. */
  constructor(spacingMs: number, waitMsMax: number, clock = REAL) {
    this.#spacingMs = spacingMs;
    this.#waitMsMax = waitMsMax;
    this.#clock = clock;
  }

  /** Resolves when it is one's turn, to what is called when the work is over. Throws a 503 where too many wait. */
  async turn(): Promise<() => void> {
    const now = this.#clock.now();
    const spacingMsMax = 10 * this.#spacingMs;
    // None is later than that, unless the clock was set back.
    if (this.#free > now + this.#waitMsMax + spacingMsMax) this.#free = now;
    const begins = Math.max(now, this.#free);
    if (begins - now > this.#waitMsMax) {
      throw new TryLater("unavailable", "too much is under way, try again later", Math.ceil(this.#waitMsMax / 1000));
    }
    const next = begins + Math.min(spacingMsMax, this.#spacingMs + PER_LATE_MS * this.#lateMs);
    this.#free = next;
    if (begins > now) await this.#clock.wait(begins - now);
    const late = Math.max(0, this.#clock.now() - begins);
    this.#lateMs += LATEST * (late - this.#lateMs);
    return () => {
      // Unless somebody has come since.
      if (this.#free === next) this.#free = Math.min(next, this.#clock.now());
    };
  }
}
