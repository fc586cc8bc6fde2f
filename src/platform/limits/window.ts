/** How often something may be done: `most` times at once, given back evenly over `seconds`. */
export interface Quota {
  readonly most: number;
  readonly seconds: number;
}

/** What came of an attempt. */
export interface Taken {
  readonly isRefused: boolean;
  /** How many more would pass at this moment. */
  readonly remaining: number;
  /** After how many seconds one more than that would. */
  readonly moreIn: number;
}

/** Each time costs the milliseconds of the window, and `most` are given back in each: all numbers are integers. */
interface Debt {
  owed: number;
  at: number;
}

/**
 * Counts attempts by key in a sliding window (the generic cell rate algorithm): in any stretch of time at most `most` pass, and
 * `most` more for each `seconds` of it; who comes less often than `most` in `seconds`, evenly, is never refused. A refused attempt
 * costs nothing. Holds at most twice `keysMax` keys: those not seen for longest are forgotten, and start from nothing.
 */
export class Window {
  readonly #keysMax: number;
  #recent = new Map<string, Debt>();
  #older = new Map<string, Debt>();

  constructor(keysMax = 10_000) {
    this.#keysMax = keysMax;
  }

  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  take(key: string, { most, seconds }: Quota, now: number): Taken {
    const cost = seconds * 1000;
    const debt = this.#recent.get(key) ?? this.#recalled(key, now);
    // A clock that was set back gives nothing back.
    const owed = Math.max(0, debt.owed - Math.max(0, now - debt.at) * most);
    const isRefused = owed + cost > most * cost;
    debt.owed = isRefused ? owed : owed + cost;
    debt.at = Math.max(now, debt.at);
    const free = most * cost - debt.owed;
    const remaining = Math.floor(free / cost);
    // Nothing is given back until the clock is where it was before.
    const moreInMs = debt.at - now + ((remaining + 1) * cost - free) / most;
    return { isRefused, remaining, moreIn: Math.ceil(moreInMs / 1000) };
  }

  /** Two generations instead of an order of use: nothing is moved while a key stays among the recent ones. */
  #recalled(key: string, now: number): Debt {
    const debt = this.#older.get(key) ?? { owed: 0, at: now };
    if (this.#recent.size >= this.#keysMax) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#older.delete(key);
    this.#recent.set(key, debt);
    return debt;
  }
}
