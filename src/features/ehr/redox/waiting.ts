import { DeliveryError } from "../../../platform/core/delivery-error.ts";
import { faultOf, log } from "../../../platform/core/log.ts";
import type { JobOutcome, JobWork } from "../../../platform/outbox/registry.ts";
import { pauseDestinations } from "../model/pauses-store.ts";

/** Our choice: what could not be sent for a week is for an operator to look at. */
const WAITS_MAX_MS = 7 * 86_400_000;
/** What waited together is not sent together. */
const JITTER_MS = 30_000;

/**
 * Lets a job that was asked for at a time wait for Redox. Such waiting is no failed attempt; a final DeliveryError ends it
 * after a week.
 */
export function waitForRedox(until: number, askedAt: number): { readonly waitUntil: number } {
  if (askedAt < Date.now() - WAITS_MAX_MS) throw new DeliveryError("redox_busy", { isFinal: true });
  return { waitUntil: until + Math.floor(Math.random() * JITTER_MS) };
}

/** Sends something of a job. When Redox asks to wait, the job does, and with it all messages for the same destinations. */
export async function unlessRedoxIsBusy(
  work: JobWork,
  { askedAt, destinationIds }: { readonly askedAt: number; readonly destinationIds: readonly string[] },
  send: () => Promise<JobOutcome>,
): Promise<JobOutcome> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof DeliveryError) || error.isFinal || error.retryAfterSeconds === undefined) throw error;
    const until = Date.now() + error.retryAfterSeconds * 1000;
    await work.db.batch(pauseDestinations(destinationIds, until)).catch((fault: unknown) => {
      // The job itself waits all the same.
      log("warn", "pause not kept", { fault: faultOf(fault) });
    });
    return waitForRedox(until, askedAt);
  }
}
