import { toDateTime } from "../../../platform/core/wire.ts";
import { isInCustody } from "../../patients/model/record.ts";
import { MESSAGES, type Reason } from "../plan/blocking.ts";
import type { ClinicForMerge, PatientForMerge } from "../plan/clinic-for-merge.ts";
import { LIKENESSES, type Likeness, type Likes } from "../plan/duplicates.ts";
import { type MergePlan, type NamesById, namesAmong } from "../plan/plan.ts";
import type { ClinicianPlan } from "../plan/plan-clinicians.ts";
import type { PatientPlan } from "../plan/plan-patients.ts";
import type { SitePlan } from "../plan/plan-sites.ts";
import type { TagPlan } from "../plan/plan-tags.ts";
import { joined, MATCHES_LISTED_MAX } from "./workbook.ts";

const CATEGORIES: Readonly<Record<Likeness | "account", string>> = {
  account: "Duplicate Accounts",
  likely: "Likely Duplicate Accounts",
  nameOnly: "Name Only Match",
  mrnOnly: "MRN Only Match",
};

/** A plan made at this time as the JSON document it is to programs, piece by piece. */
export function* planDocument(plan: MergePlan, at: number): Generator<string> {
  const { source, target, restrictions, settings, blocking } = plan;
  const head = {
    CreatedTime: toDateTime(at),
    Source: clinicOf(source),
    Target: clinicOf(target),
    Blocking: blocking.map(({ reason, message, count, setting }) => ({
      Reason: reason,
      Message: message,
      Count: count,
      Setting: setting,
    })),
    MembershipRestrictionsMergePlan: {
      SourceValue: restrictions.sourceValue,
      TargetValue: restrictions.targetValue,
    },
    SettingsPlans: settings.map(({ name, sourceValue, targetValue }) => ({
      Name: name,
      SourceValue: sourceValue,
      TargetValue: targetValue,
    })),
    TagsPlans: plan.tags.map((it) => tagPlan(plan, it)),
    SitesPlans: plan.sites.map((it) => sitePlan(plan, it)),
    ClinicianPlans: plan.clinicians.map((it) => clinicianPlan(plan, it)),
  };
  yield JSON.stringify(head).slice(0, -1);
  yield* list("SourcePatientClusters", clusters(plan, "source"));
  yield* list("TargetPatientClusters", clusters(plan, "target"));
  yield* list("PatientPlans", patientPlans(plan));
  yield "}";
}

function* list(name: string, entries: Iterable<object>): Generator<string> {
  yield `,"${name}":[`;
  let separator = "";
  for (const entry of entries) {
    yield separator + JSON.stringify(entry);
    separator = ",";
  }
  yield "]";
}

const clinicOf = (clinic: ClinicForMerge) => ({ Id: clinic.id, Name: clinic.name });

const between = ({ source, target }: MergePlan) => ({ SourceClinicId: source.id, TargetClinicId: target.id });

const names = ({ source, target }: MergePlan) => ({ SourceClinicName: source.name, TargetClinicName: target.name });

const errorOf = (reasons: readonly Reason[]) =>
  reasons.length === 0 ? null : { Message: reasons.map((reason) => MESSAGES[reason]).join("; ") };

const tagPlan = (plan: MergePlan, { tag, action, workspaces, merge }: TagPlan) => ({
  Name: tag.name,
  TagAction: action,
  Workspaces: workspaces,
  Merge: merge,
  ...between(plan),
});

const sitePlan = (plan: MergePlan, { site, action, workspace, finalName }: SitePlan) => ({
  Site: { Id: site.id, Name: site.name },
  SiteAction: action,
  Workspace: workspace,
  ExpectedRename: action === "RENAME" ? finalName : "",
  ...between(plan),
});

const clinicianPlan = (plan: MergePlan, it: ClinicianPlan) => ({
  Clinician: {
    UserId: it.clinician.userId,
    InviteId: it.clinician.inviteId,
    Email: it.clinician.email,
    Name: it.clinician.name,
    Roles: it.clinician.roles,
  },
  ClinicianAction: it.action,
  ResultingRoles: it.resultingRoles,
  Downgraded: it.downgraded,
  Workspaces: it.workspaces,
  ...names(plan),
  Error: errorOf(it.errors),
});

/** A patient with the tags and sites they have in their own clinic. */
const patientOf = (patient: PatientForMerge, ofClinic: NamesById) => ({
  UserId: patient.userId,
  FullName: patient.fullName,
  BirthDate: patient.birthDate,
  Mrn: patient.mrn,
  IsCustodial: isInCustody(patient),
  Tags: namesAmong(patient.tagIds, ofClinic.tags),
  Sites: namesAmong(patient.siteIds, ofClinic.sites),
  LatestUpload: patient.lastUploadAt === null ? null : toDateTime(patient.lastUploadAt),
});

/** The matches of each category there is one of, no more than the workbook lists. */
const matches = (likes: Likes, patients: readonly PatientForMerge[], ofClinic: NamesById) =>
  Object.fromEntries(
    LIKENESSES.filter((likeness) => likes[likeness].total > 0).map((likeness) => [
      CATEGORIES[likeness],
      likes[likeness].members.map((at) => ({
        Category: CATEGORIES[likeness],
        Patient: patientOf(patients[at]!, ofClinic),
      })),
    ]),
  );

function* clusters({ patients, ...plan }: MergePlan, side: "source" | "target"): Generator<object> {
  const { patients: all } = plan[side];
  const ofClinic = plan.names[side];
  for (const cluster of patients.clusters(side)) {
    yield {
      Patients: cluster.map((at) => ({
        Patient: patientOf(all[at]!, ofClinic),
        Conflicts: matches(patients.linked(side, at, MATCHES_LISTED_MAX), all, ofClinic),
      })),
    };
  }
}

function* patientPlans(plan: MergePlan): Generator<object> {
  let at = 0;
  for (const it of plan.patients) yield patientPlan(plan, it, at++);
}

function patientPlan(plan: MergePlan, it: PatientPlan, at: number) {
  const { source, target } = plan.names;
  const { afterwards } = plan.names;
  const after = it.source && it.target ? joined(it.source, it.target) : (it.source ?? it.target)!;
  return {
    ...between(plan),
    ...names(plan),
    PatientAction: it.action,
    SourcePatient: it.source ? patientOf(it.source, source) : null,
    TargetPatient: it.target ? patientOf(it.target, target) : null,
    Conflicts: it.source ? conflicts(plan, it, at) : {},
    SourceTagNames: namesAmong(it.source?.tagIds ?? [], source.tags),
    SourceSiteNames: namesAmong(it.source?.siteIds ?? [], source.sites),
    MergedSiteNames: namesAmong(it.source?.siteIds ?? [], afterwards.sites),
    TargetTagNames: namesAmong(it.target?.tagIds ?? [], target.tags),
    TargetSiteNames: namesAmong(it.target?.siteIds ?? [], target.sites),
    PostMigrationTagNames: namesAmong(after.tagIds, afterwards.tags),
    PostMigrationSiteNames: namesAmong(after.siteIds, afterwards.sites),
    PostMigrationMRNUniqueness: it.mrnUniqueAfterwards,
    CanExecuteAction: it.error === undefined,
    Error: errorOf(it.error ? [it.error] : []),
  };
}

function conflicts({ patients, target, names }: MergePlan, it: PatientPlan, at: number) {
  const account = it.target && [{ Category: CATEGORIES.account, Patient: patientOf(it.target, names.target) }];
  return {
    ...(account && { [CATEGORIES.account]: account }),
    ...matches(patients.conflicting(at, MATCHES_LISTED_MAX), target.patients, names.target),
  };
}
