import { TAGS_PER_CLINIC_MAX } from "../../tags/model/rules.ts";
import type { ClinicForMerge } from "./clinic-for-merge.ts";
import type { ClinicianPlan } from "./plan-clinicians.ts";
import type { PatientsPlan } from "./plan-patients.ts";
import type { RestrictionsPlan, SettingPlan } from "./plan-settings.ts";
import type { TagPlan } from "./plan-tags.ts";

/** What may forbid a merge, in the order in which the rules are listed. */
export type Reason =
  | "settings-mismatch"
  | "sso-restrictions"
  | "pending-invites"
  | "email-taken"
  | "mrn-missing"
  | "mrn-taken"
  | "mrn-repeated"
  | "tag-limit";

export const MESSAGES: Readonly<Record<Reason, string>> = {
  "settings-mismatch": "Settings mismatch",
  "sso-restrictions":
    "Sign-on restrictions of the target workspace keep members from being moved in: remove from the source workspace those who are not in the target yet",
  "pending-invites": "Pending invites in source workspace",
  "email-taken": "A member of the target workspace has the email of a source member who has another account",
  "mrn-missing": "Target workspace requires MRNs",
  "mrn-taken": "MRN already used in the target workspace, see the sheet Duplicates in Merged Workspace",
  "mrn-repeated": "MRN used more than once in the source workspace, see the sheet Duplicates in Source Clinic",
  "tag-limit": `The target workspace would have more than ${TAGS_PER_CLINIC_MAX} tags`,
};

/** A rule that forbids the merge. */
export interface Blocking {
  readonly reason: Reason;
  readonly message: string;
  /** How many records it is about: settings, restrictions, clinicians, patients, or tags above the limit. */
  readonly count: number;
  /** Which setting differs. */
  readonly setting?: string;
}

export interface BlockingParts {
  readonly target: ClinicForMerge;
  readonly settings: readonly SettingPlan[];
  readonly restrictions: RestrictionsPlan;
  readonly tags: readonly TagPlan[];
  readonly clinicians: readonly ClinicianPlan[];
  readonly patients: PatientsPlan;
}

/** Every rule that forbids the merge, each once, in the order of the rules. Nothing else may refuse it. */
export function blockingOf({ settings, restrictions, tags, clinicians, patients }: BlockingParts): readonly Blocking[] {
  const blocking: Blocking[] = [];
  const block = (reason: Reason, count: number, setting?: string) => {
    if (count === 0) return;
    blocking.push({ reason, message: MESSAGES[reason], count, ...(setting !== undefined && { setting }) });
  };
  for (const { name, isMatch } of settings) block("settings-mismatch", isMatch ? 0 : 1, name);
  block("settings-mismatch", restrictions.missing, restrictions.name);
  for (const reason of ["sso-restrictions", "pending-invites", "email-taken"] as const) {
    block(reason, clinicians.filter(({ errors }) => errors.includes(reason)).length);
  }
  const errors = patients.errorTotals();
  for (const reason of ["mrn-missing", "mrn-taken", "mrn-repeated"] as const) block(reason, errors[reason]);
  block("tag-limit", tagsAboveLimit(tags));
  return blocking;
}

/** A target that has too many already and gains none is let be. */
function tagsAboveLimit(tags: readonly TagPlan[]): number {
  const created = tags.filter(({ action }) => action === "CREATE").length;
  const retained = tags.filter(({ action }) => action === "RETAIN").length;
  return created === 0 ? 0 : Math.max(0, retained + created - TAGS_PER_CLINIC_MAX);
}
