import { finishStep, moveStep, notifyStep, planStep } from "./execute-merge.ts";
import { hasEnded, type Phase } from "./rules.ts";
import { findMerge, type MergeRow, StepTaken } from "./store.ts";
import { closeStep, restoreStep, returnStep } from "./undo-merge.ts";
import { ask, type MergeWork } from "./work.ts";

type Step = (work: MergeWork, merge: MergeRow) => Promise<void>;

const STEPS: Readonly<Partial<Record<Phase, Step>>> = {
  planning: planStep,
  moving: moveStep,
  finishing: finishStep,
  notifying: notifyStep,
  restoring: restoreStep,
  returning: returnStep,
  closing: closeStep,
};

/**
 * Takes the next step of a merge or of its undoing, as the database says it stands: nothing is remembered in between, so
 * that whoever comes after a crash goes on where the last batch ended. A step that somebody else has taken is no failure.
 * Returns the merge as it stood before the step; undefined when there is none.
 */
export async function advance(
  work: MergeWork,
  mergeId: string,
  isEnough: (merge: MergeRow) => boolean = () => false,
): Promise<MergeRow | undefined> {
  const merge = await ask(work, findMerge(mergeId));
  if (!merge || hasEnded(merge.phase) || isEnough(merge)) return merge;
  try {
    await STEPS[merge.phase]?.(work, merge);
  } catch (error) {
    if (!(error instanceof StepTaken)) throw error;
  }
  return merge;
}
