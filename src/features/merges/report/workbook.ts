import type { Cell, Row, Sheet } from "../../../platform/formats/spreadsheet.ts";
import { isInCustody } from "../../patients/model/record.ts";
import { type ClinicForMerge, inOrder, type PatientForMerge } from "../plan/clinic-for-merge.ts";
import { LIKENESSES, type Likeness, type Likes } from "../plan/duplicates.ts";
import { type MergePlan, namesAmong } from "../plan/plan.ts";
import { type ClinicianPlan, isAdmin } from "../plan/plan-clinicians.ts";
import type { PatientPlan } from "../plan/plan-patients.ts";
import type { GoingAlong } from "./going-along-store.ts";
import { comparisonKey } from "../../../platform/text/comparison-key.ts";

/** Nobody reviews more matches of one patient than this; a name that thousands share would fill sheets with them. */
export const MATCHES_LISTED_MAX = 50;

const BLANK: Row = [];

/** The sheets of the report on a plan made at this time. Their rows are made when they are asked for. */
export const mergeWorkbook = (plan: MergePlan, goingAlong: GoingAlong | undefined, at: number): readonly Sheet[] => [
  { name: "Summary", rows: () => summary(plan, at) },
  { name: "Patients in Source Clinic", rows: () => patientsIn(plan, "source") },
  { name: "Patients in Target Clinic", rows: () => patientsIn(plan, "target") },
  { name: "Duplicates in Source Clinic", rows: () => duplicatesIn(plan, "source") },
  { name: "Duplicates in Target Clinic", rows: () => duplicatesIn(plan, "target") },
  { name: "Duplicates in Merged Workspace", rows: () => duplicatesAfterwards(plan) },
  { name: "EHR and Reports", rows: () => ehrAndReports(goingAlong) },
];

/** What becomes of an EHR's orders and of reports. A patient who is in both clinics keeps the target's subscription. */
function* ehrAndReports(it: GoingAlong | undefined): Generator<Row> {
  const isShared = it?.sharesEhr === 1;
  const [subscriptions, jobs] = [it?.subscriptions ?? 0, it?.waitingJobs ?? 0];
  yield ["EHR AND REPORTS OF THE SOURCE CLINIC"];
  yield BLANK;
  yield ["Is one EHR connected to both clinics?", yesNo(isShared)];
  yield BLANK;
  yield ["Measures ---", "Count ---"];
  yield ["Active EHR subscriptions", subscriptions];
  yield ["- that go on", isShared ? subscriptions : 0];
  yield ["- that end until the next order", isShared ? 0 : subscriptions];
  yield ["Waiting EHR messages", jobs];
  yield ["- that are still sent", isShared ? jobs : 0];
  yield ["- that are dropped", isShared ? 0 : jobs];
  yield ["Reports", "All go along"];
}

const yesNo = (isIt: boolean) => (isIt ? "Yes" : "No");

function* summary(plan: MergePlan, at: number): Generator<Row> {
  const { source, target, settings, restrictions } = plan;
  yield ["SUMMARY"];
  yield BLANK;
  yield ["Report Generated", longTime(at)];
  yield BLANK;
  yield ["Merging from Workspace 1 (Source)", source.name];
  yield ["Merging to Workspace 2 (Target)", target.name];
  yield ["Can execute merge plan?", ...verdict(plan)];
  yield BLANK;
  yield ["Settings ---", "Do they match? ---", `${source.name} ---`, `${target.name} ---`];
  for (const { name, isMatch, sourceValue, targetValue } of [
    { ...restrictions, name: `${restrictions.name}*` },
    ...settings,
  ]) {
    yield [name, yesNo(isMatch), sourceValue, targetValue];
  }
  yield [
    "* Where only the target has partial SSO, invite the members of the source to the target by hand before merging, so that each signs on as the target demands.",
  ];
  yield BLANK;
  yield* measures(plan);
  yield BLANK;
  yield* people(plan);
  yield* labels(plan);
}

function verdict({ blocking }: MergePlan): Row {
  if (blocking.length === 0) return ["Yes"];
  return ["No", `No. ${[...new Set(blocking.map(({ message }) => message))].join("; ")}`];
}

function* measures({ clinicians, tags, sites, patients }: MergePlan): Generator<Row> {
  const { account, likely, mrnOnly, nameOnly } = patients.conflictTotals;
  const skipped = tags.filter(({ action }) => action === "SKIP").length;
  yield ["Measures ---", "Count ---"];
  yield ["Resulting Members & Admins", clinicians.filter(isResulting).length];
  yield ["- Members downgraded from Admin", clinicians.filter(({ downgraded }) => downgraded).length];
  yield ["Resulting Tags", tags.length - skipped];
  yield ["- Duplicate tags that will be merged", skipped];
  yield ["Resulting Sites", sites.length];
  yield ["- Duplicate sites that will be renamed", sites.filter(({ action }) => action === "RENAME").length];
  yield ["Resulting Patient Accounts", patients.total];
  yield ["- Duplicate Accounts", account];
  yield ["- Likely Duplicate Accounts", likely];
  yield ["- Duplicate MRN Only", mrnOnly];
  yield ["- Duplicate Name Only", nameOnly];
}

/** Whether the target has this record afterwards; who is in both clinics is reported once. */
const isResulting = ({ action }: ClinicianPlan) => action !== "MERGE_INTO" && action !== "GIVE_WAY";

function* people({ clinicians, source, target }: MergePlan): Generator<Row> {
  const resulting = clinicians.filter(isResulting);
  const admins = resulting.filter(({ resultingRoles }) => isAdmin(resultingRoles));
  const members = resulting.filter(({ resultingRoles }) => !isAdmin(resultingRoles));
  const row = ({ clinician, workspaces }: ClinicianPlan): Row => [
    clinician.name ?? "",
    workspaces.join(", "),
    clinician.email ?? "",
  ];
  yield [`Resulting Admins (${admins.length})`, "Workspace ---", "Email ---"];
  for (const admin of admins) yield row(admin);
  yield BLANK;
  yield [
    `Resulting Members (${members.length})`,
    "Workspace ---",
    "Email ---",
    "Downgrade (Only if the person is an Admin at Workspace 1 but a Member at Workspace 2) ----",
  ];
  for (const member of members) yield [...row(member), member.downgraded ? "Yes" : ""];
  yield BLANK;
  const invites = resulting.filter(({ clinician }) => clinician.userId === null);
  const fromSource = invites.filter(({ action }) => action === "MOVE").length;
  yield [`Pending Invites (${invites.length})`, "Workspace ---"];
  for (const [count, clinic] of [
    [fromSource, source],
    [invites.length - fromSource, target],
  ] as const) {
    if (count > 0) yield [count, clinic.name];
  }
  yield BLANK;
}

const SITE_ACTIONS = { MOVE: "Create", RENAME: "Rename", RETAIN: "Retain" };

function* labels({ tags, sites }: MergePlan): Generator<Row> {
  const resulting = tags.filter(({ action }) => action !== "SKIP");
  yield [`Resulting Tags (${resulting.length}) ---`, "Workspace ---", "Merge ---"];
  for (const { tag, workspaces, merge } of resulting) yield [tag.name, workspaces.join(", "), merge ? "Yes" : ""];
  yield BLANK;
  yield [`Resulting Sites (${sites.length}) ---`, "Workspace ---", "Action ---"];
  const byName = sites.toSorted((a, b) => inOrder(comparisonKey(a.finalName), comparisonKey(b.finalName)));
  for (const { finalName, workspace, action } of byName) yield [finalName, workspace, SITE_ACTIONS[action]];
  yield BLANK;
}

type Side = "source" | "target";

const PATIENT = (claimed: string): Row => [
  "Name ---",
  claimed,
  "UUID ---",
  "DOB ---",
  "MRN ---",
  "Tags ---",
  "Sites ---",
  "Latest Upload ---",
];

/** The eight cells of a patient with these tags and sites. */
const patientCells = (patient: PatientForMerge, tags: readonly string[], sites: readonly string[]): readonly Cell[] => [
  patient.fullName ?? "",
  isInCustody(patient) ? "-" : "Y",
  patient.userId,
  patient.birthDate ?? "",
  patient.mrn ?? "",
  tags.join(", "),
  sites.join(", "),
  patient.lastUploadAt === null ? "" : shortTime(patient.lastUploadAt),
];

/** A patient with the tags and sites their clinic has. */
const asTheyAre = ({ names }: MergePlan, side: Side, patient: PatientForMerge): readonly Cell[] =>
  patientCells(patient, namesAmong(patient.tagIds, names[side].tags), namesAmong(patient.siteIds, names[side].sites));

function* patientsIn(plan: MergePlan, side: Side): Generator<Row> {
  yield PATIENT("Claimed ---");
  yield BLANK;
  for (const patient of plan[side].patients) yield asTheyAre(plan, side, patient);
}

function* duplicatesIn(plan: MergePlan, side: Side): Generator<Row> {
  const clinic = plan[side];
  yield [clinic.name];
  yield ["Review Possible Duplicates"];
  yield ["Each group holds records that may be of one person: every one is like another of the group."];
  yield [
    "Records that share two or all of MRN, DOB and name are in each other's column of likely duplicates; those that share the name or the MRN only, in the column of that.",
  ];
  yield [
    "The columns hold user ids, which are part of the address of a patient's data: https://app.tidepool.org/patients/<id>/data",
  ];
  yield ["Each patient appears once, in one group."];
  yield BLANK;
  yield ["", ...PATIENT("Claimed? ---"), "Likely Duplicates ---", "Name Only Matches ---", "MRN Only Matches ---"];
  for (const [i, cluster] of plan.patients.clusters(side).entries()) {
    yield [`Review ${i + 1}`];
    for (const at of cluster) {
      const likes = plan.patients.linked(side, at, MATCHES_LISTED_MAX);
      const linked = LIKENESSES.map((likeness) => userIds(clinic, likes[likeness]));
      yield ["", ...asTheyAre(plan, side, clinic.patients[at]!), ...linked];
    }
    yield BLANK;
  }
}

function userIds({ patients }: ClinicForMerge, { total, members }: Likes[Likeness]): string {
  const ids = members.map((at) => patients[at]!.userId).toSorted(inOrder);
  return [...ids, ...andMore(total, members)].join(", ");
}

/** Words for what a list leaves out, if it does. */
const andMore = (total: number, listed: readonly unknown[]): readonly string[] =>
  total > listed.length ? [`and ${total - listed.length} more`] : [];

const REVIEWS: Readonly<Record<Likeness, string>> = {
  likely: "Review likely duplicate(s)",
  nameOnly: "Review duplicate name",
  mrnOnly: "Review duplicate MRN",
};

function* duplicatesAfterwards(plan: MergePlan): Generator<Row> {
  yield ["MERGED WORKSPACE PATIENT REVIEW"];
  yield ["Every patient of the source who may be a patient of the target already, with whom they may be there."];
  yield [
    "The same UUID is an exact match: both records become one, which keeps the tags and sites of both; everything else stays as the target has it.",
  ];
  yield [
    "Likely duplicates share two or all of name, DOB and MRN; what is blank matches nothing. They are all kept: review them by hand.",
  ];
  yield BLANK;
  yield ["", "Status ---", "Original Workspace ---", ...PATIENT("Claimed ---")];
  let number = 0;
  for (let at = 0; at < plan.source.patients.length; at++) {
    const it = plan.patients.ofSource(at);
    const conflicts = plan.patients.conflicts(at);
    if (!it.target && LIKENESSES.every((likeness) => conflicts[likeness] === 0)) continue;
    number += 1;
    yield* conflictsOf(plan, at, it, number);
  }
}

function* conflictsOf(plan: MergePlan, at: number, it: PatientPlan, number: number): Generator<Row> {
  const { source, target, names } = plan;
  const patient = it.source!;
  const sites = namesAmong(patient.siteIds, names.afterwards.sites);
  const status = it.error ? "(ERROR)" : it.target ? "(combined)" : "(retained)";
  const cells = patientCells(patient, namesAmong(patient.tagIds, names.source.tags), sites);
  yield [`Patient ${number}`, status, source.name, ...cells];
  if (it.target) {
    yield ["", "Exact Match: Results in one claimed account"];
    const { tagIds, siteIds } = joined(patient, it.target);
    const result = patientCells(
      it.target,
      namesAmong(tagIds, names.afterwards.tags),
      namesAmong(siteIds, names.afterwards.sites),
    );
    yield ["", "(result)", "", ...result];
    yield ["", "(combined)", target.name, ...asTheyAre(plan, "target", it.target)];
  }
  const likes = plan.patients.conflicting(at, MATCHES_LISTED_MAX);
  for (const likeness of LIKENESSES) {
    const { total, members } = likes[likeness];
    if (total === 0) continue;
    yield ["", REVIEWS[likeness]];
    for (const other of members) {
      yield ["", "(retained)", target.name, ...asTheyAre(plan, "target", target.patients[other]!)];
    }
    for (const more of andMore(total, members)) yield ["", more];
  }
  yield BLANK;
}

/** The tags and sites of a source patient and the target's record of the same account. */
export const joined = (source: PatientForMerge, target: PatientForMerge) => ({
  tagIds: [...source.tagIds, ...target.tagIds],
  siteIds: [...source.siteIds, ...target.siteIds],
});

/** `2026-03-05 14:03:09` */
const shortTime = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ");

/** `March  5 2026 14:03:09 UTC` */
function longTime(at: number): string {
  const date = new Date(at);
  const month = date.toLocaleString("en-US", { month: "long", timeZone: "UTC" });
  const day = String(date.getUTCDate()).padStart(2, " ");
  return `${month} ${day} ${date.getUTCFullYear()} ${shortTime(at).slice(11)} UTC`;
}
