import { faultOf, log } from "../core/log.ts";
import type { Bindings } from "../core/settings.ts";
import type { Db } from "../db/client.ts";
import { findStuckMerges } from "./store.ts";

/** Longer than a step and an alarm's pause. */
const SILENCE_MS = 90_000;
const RESUMED_AT_ONCE = 20;

/** Lets merges go on that nobody has worked on for a while: their alarm was lost. */
export async function resumeMerges({ CLINIC_MERGE }: Bindings, db: Db, now: number): Promise<void> {
  const stuck = findStuckMerges(now - SILENCE_MS, RESUMED_AT_ONCE);
  for (const { id, sourceId } of await stuck.take(await db.batch(stuck.statements))) {
    try {
      await CLINIC_MERGE.getByName(sourceId).begin(id);
    } catch (error) {
      log("error", "merge not resumed", { merge: id, fault: faultOf(error) });
    }
  }
}
