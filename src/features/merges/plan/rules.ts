/** How far a merge has come, and how far back. */
export type Phase =
  | "planning"
  | "refused"
  | "moving"
  | "finishing"
  | "notifying"
  | "done"
  | "restoring"
  | "returning"
  | "closing"
  | "undone";

/** The clinics are one (again two), and only what follows from it is still under way. */
const COMPLETE: ReadonlySet<Phase> = new Set(["notifying", "done", "undone"]);
const ENDED: ReadonlySet<Phase> = new Set(["refused", "done", "undone"]);

export const isComplete = (phase: Phase): boolean => COMPLETE.has(phase);
export const hasEnded = (phase: Phase): boolean => ENDED.has(phase);

const DAY_MS = 24 * 3_600_000;
/** How long a merge can be undone, as published. */
export const UNDO_MS = 30 * DAY_MS;

/** What was decided when a merge began. */
export interface StoredPlan {
  /** The source's tag ids, each with the id it has in the target. */
  readonly tagIds: Readonly<Record<string, string>>;
  /** Tags the merge has made in the target. */
  readonly newTags: readonly { readonly id: string; readonly name: string }[];
  /** Sites that came to the target, under the names they have there. */
  readonly sites: readonly { readonly id: string; readonly name: string }[];
}

/** A record that the undo left as it is in the target, and why. */
export interface Kept {
  readonly kind: "patient" | "clinician" | "tag" | "site" | "shareCode" | "invitation";
  readonly id: string;
  /** changed: it was changed since; gone: it was removed since; inUse: records that stay need it. */
  readonly reason: "changed" | "gone" | "inUse";
}
