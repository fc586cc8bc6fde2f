import type { Context } from "hono";
import type { AppEnv } from "./operation.ts";
import { Replayed } from "./replays-store.ts";

/**
 * What a verb answers, or what was kept of the same request: for a route whose response holds more than may be kept, and
 * that adds it to either.
 */
export async function orKept<T>(c: Context<AppEnv>, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Replayed) || error.body === null) throw error;
    c.header("idempotent-replayed", "true");
    return JSON.parse(error.body) as T;
  }
}
