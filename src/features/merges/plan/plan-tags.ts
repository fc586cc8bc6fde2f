import { tagNameKey } from "../../tags/model/rules.ts";
import { bothNames, type ClinicForMerge, type Label } from "./clinic-for-merge.ts";

/**
 * SKIP: a source tag that the target has already; CREATE: a source tag that becomes a new tag of the target; RETAIN: a
 * tag of the target.
 */
export type TagAction = "SKIP" | "CREATE" | "RETAIN";

export interface TagPlan {
  readonly action: TagAction;
  readonly tag: Label;
  /** The target's tag that takes the place of a skipped one. */
  readonly joins: Label | null;
  /** The names of the clinics that have it. */
  readonly workspaces: readonly string[];
  /** A tag of the target that a source tag joins. */
  readonly merge: boolean;
}

/**
 * The tags of the source, then those of the target. Two tags are the same that could not be in one clinic together:
 * those with one key.
 */
export function planTags(source: ClinicForMerge, target: ClinicForMerge): readonly TagPlan[] {
  const ofTarget = new Map(target.tags.map((tag) => [tagNameKey(tag.name), tag]));
  const keysOfSource = new Set(source.tags.map(({ name }) => tagNameKey(name)));
  const both = bothNames(source, target);
  return [
    ...source.tags.map((tag): TagPlan => {
      const joins = ofTarget.get(tagNameKey(tag.name)) ?? null;
      return joins
        ? { action: "SKIP", tag, joins, workspaces: both, merge: false }
        : { action: "CREATE", tag, joins, workspaces: [source.name], merge: false };
    }),
    ...target.tags.map((tag): TagPlan => {
      const merge = keysOfSource.has(tagNameKey(tag.name));
      return { action: "RETAIN", tag, joins: null, workspaces: merge ? both : [target.name], merge };
    }),
  ];
}
