import type { Bindings } from "../../../platform/core/settings.ts";

/** The object that carries a clinic's merges to their end, as it is called. */
export interface MergeCoordinator extends Rpc.DurableObjectBranded {
  /** Works on the merge until both clinics are free again. */
  run(mergeId: string): Promise<{ phase: string; errors: string | null } | undefined>;
  /** Sees to it that the merge is worked on. */
  begin(mergeId: string): Promise<void>;
}

/** What the deployment binds for merges (wrangler.toml). */
interface MergeBindings {
  readonly CLINIC_MERGE: DurableObjectNamespace<MergeCoordinator>;
}

/** The coordinator of a source clinic's merges. The platform does not know what its features bind. */
export const coordinatorOf = (bindings: Bindings, sourceId: string) =>
  (bindings as Bindings & MergeBindings).CLINIC_MERGE.getByName(sourceId);
