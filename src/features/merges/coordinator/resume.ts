import { faultOf, log } from "../../../platform/core/log.ts";
import type { Bindings } from "../../../platform/core/settings.ts";
import type { Read } from "../../../platform/db/read.ts";
import { coordinatorOf } from "./bindings.ts";
import { findStuckMerges, type StuckMerge } from "../steps/store.ts";

/** Longer than a step and an alarm's pause. */
const SILENCE_MS = 90_000;
const RESUMED_AT_ONCE = 20;

/** Merges that nobody has worked on for a while: their alarm was lost. */
export const stuckMerges = (now: number): Read<StuckMerge[]> => findStuckMerges(now - SILENCE_MS, RESUMED_AT_ONCE);

/** Lets them go on. */
export async function resumeMerges(bindings: Bindings, stuck: readonly StuckMerge[]): Promise<void> {
  const resume = async ({ id, sourceId }: StuckMerge) => {
    try {
      await coordinatorOf(bindings, sourceId).begin(id);
    } catch (error) {
      log("error", "merge not resumed", { merge: id, fault: faultOf(error) });
    }
  };
  await Promise.all(stuck.map(resume));
}
