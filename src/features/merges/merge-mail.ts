import { askingOf } from "../../platform/db/read.ts";
import type { Template } from "../../platform/mail/template.ts";
import type { Prepare } from "../../platform/outbox/prepared.ts";
import { findMerge } from "./steps/store.ts";

/** A mail about a merge, with the names both clinics had: none when it was undone before the mail's turn came. */
export const prepareMergeMail =
  (template: Template): Prepare =>
  async ({ db }, it) => {
    const { MergeId: mergeId = "" } = JSON.parse(it.variables) as { MergeId?: string };
    const { merge } = await askingOf(db).read({ merge: findMerge(mergeId) });
    if (!merge || merge.undoRequestedBy !== null) return { skipped: "merge_undone" };
    return { template, variables: { SourceClinicName: merge.sourceName, TargetClinicName: merge.targetName } };
  };
