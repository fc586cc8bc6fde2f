import { conflict } from "./errors.ts";

/** Thrown by a guard when something has changed since it was read. */
export class StaleRead extends Error {}

/** Eight writers of one record all get through: each round at least one of them does. */
const ATTEMPTS_MAX = 10;

/**
 * Runs a read–decide–commit cycle again when what it had read was changed by somebody else before it could commit, so
 * that no update is lost. Each further attempt costs the cycle's round trips again.
 */
export async function untilFresh<T>(cycle: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await cycle();
    } catch (error) {
      if (!(error instanceof StaleRead)) throw error;
      if (attempt === ATTEMPTS_MAX) throw conflict();
    }
  }
}
