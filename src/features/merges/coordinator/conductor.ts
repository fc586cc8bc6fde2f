import { faultOf, log } from "../../../platform/core/log.ts";
import type { Bindings } from "../../../platform/core/settings.ts";
import { coordinatorOf } from "./bindings.ts";
import type { Phase } from "../plan/rules.ts";

/** How a merge has ended, or what it is at. */
export interface Outcome {
  readonly phase: Phase;
  readonly errors: string | null;
}

/** Starts work on a merge, and may wait for its end. */
export interface Conductor {
  /**
   * Tells how the merge stands when both clinics are free again; nothing, at once, to who does not wait, or when it went on
   * without this request. Never throws: the merge goes on by itself.
   */
  conduct(merge: { readonly id: string; readonly sourceId: string }): Promise<Outcome | undefined>;
}

/** The coordinator of the merge's source, which is waited for or not. */
export const conductorOf = (bindings: Bindings, isWaiting: boolean): Conductor => ({
  async conduct({ id, sourceId }) {
    const coordinator = coordinatorOf(bindings, sourceId);
    try {
      if (isWaiting) return (await coordinator.run(id)) as Outcome | undefined;
      await coordinator.begin(id);
    } catch (error) {
      log("warn", "merge goes on without its request", { merge: id, fault: faultOf(error) });
    }
    return undefined;
  },
});
