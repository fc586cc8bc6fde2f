import { finishStep, moveStep, notifyStep, planStep } from "./execute-merge.ts";
import { hasEnded, type Phase } from "../plan/rules.ts";
import { readStanding, type Standing, StepTaken } from "./store.ts";
import { closeStep, restoreStep, returnStep } from "./undo-merge.ts";
import { ask, type MergeWork } from "./work.ts";

type Step = (work: MergeWork, standing: Standing) => Promise<Standing | undefined>;

const STEPS: Readonly<Partial<Record<Phase, Step>>> = {
  planning: planStep,
  moving: moveStep,
  finishing: finishStep,
  notifying: notifyStep,
  restoring: restoreStep,
  returning: returnStep,
  closing: closeStep,
};

/** How a merge stands in the database; undefined when there is none. */
export const standingOf = (work: MergeWork, mergeId: string): Promise<Standing | undefined> =>
  ask(work, readStanding(mergeId, work.patientsPerStep));

/**
 * Takes the next step of a merge or of its undo, and returns its state after that. Every step is one batch that commits
 * only if the merge is in the state it was read in: after a crash work continues where the last batch ended, and where the
 * step was taken concurrently, the state is read again.
 */
export async function takeStep(work: MergeWork, standing: Standing): Promise<Standing | undefined> {
  const { merge } = standing;
  const step = STEPS[merge.phase];
  if (!step || hasEnded(merge.phase)) return standing;
  try {
    return await step(work, standing);
  } catch (error) {
    if (!(error instanceof StepTaken)) throw error;
    return standingOf(work, merge.id);
  }
}
