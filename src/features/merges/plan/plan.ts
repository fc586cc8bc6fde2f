import { type Blocking, blockingOf } from "./blocking.ts";
import { type ClinicForMerge, inOrder, type Label } from "./clinic-for-merge.ts";
import { type ClinicianPlan, planClinicians } from "./plan-clinicians.ts";
import { PatientsPlan } from "./plan-patients.ts";
import { planRestrictions, planSettings, type RestrictionsPlan, type SettingPlan } from "./plan-settings.ts";
import { planSites, type SitePlan } from "./plan-sites.ts";
import { planTags, type TagPlan } from "./plan-tags.ts";

/** What merging the source into the target would do, and what forbids it. The same clinics always make the same plan. */
export interface MergePlan {
  readonly source: ClinicForMerge;
  readonly target: ClinicForMerge;
  readonly settings: readonly SettingPlan[];
  readonly restrictions: RestrictionsPlan;
  readonly tags: readonly TagPlan[];
  readonly sites: readonly SitePlan[];
  readonly clinicians: readonly ClinicianPlan[];
  readonly patients: PatientsPlan;
  /** Empty when the merge may be done. */
  readonly blocking: readonly Blocking[];
  readonly names: PlannedNames;
}

/** What tags and sites are called, by id: in each clinic, and those of the source when they are the target's. */
export interface PlannedNames {
  readonly source: NamesById;
  readonly target: NamesById;
  readonly afterwards: NamesById;
}

export interface NamesById {
  readonly tags: ReadonlyMap<string, string>;
  readonly sites: ReadonlyMap<string, string>;
}

/** Plans the merge of two clinics that are not the same one. */
export function planMerge(source: ClinicForMerge, target: ClinicForMerge): MergePlan {
  const parts = {
    source,
    target,
    settings: planSettings(source, target),
    restrictions: planRestrictions(source, target),
    tags: planTags(source, target),
    sites: planSites(source, target),
    clinicians: planClinicians(source, target),
    patients: new PatientsPlan(source, target),
  };
  const afterwards = {
    tags: new Map(parts.tags.map(({ tag, joins }) => [tag.id, (joins ?? tag).name])),
    sites: new Map(parts.sites.map(({ site, finalName }) => [site.id, finalName])),
  };
  const names = { source: namesOf(source), target: namesOf(target), afterwards };
  return { ...parts, blocking: blockingOf(parts), names };
}

const namesOf = ({ tags, sites }: ClinicForMerge): NamesById => ({ tags: byId(tags), sites: byId(sites) });
const byId = (labels: readonly Label[]) => new Map(labels.map(({ id, name }) => [id, name]));

/** The names of those ids that have one, each once, in order. */
export const namesAmong = (ids: readonly string[], names: ReadonlyMap<string, string>): readonly string[] => {
  if (ids.length === 0) return [];
  const found = new Set<string>();
  for (const id of ids) {
    const name = names.get(id);
    if (name !== undefined) found.add(name);
  }
  return [...found].toSorted(inOrder);
};
