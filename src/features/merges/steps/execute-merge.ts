import { redirectClaims } from "../../accounts/claims-store.ts";
import { auditChange, auditChanges } from "../../../platform/audit/audit-store.ts";
import { touchClinic } from "../../clinics/model/guards.ts";
import { codesOf, leadCodesTo } from "../../clinics/model/merge-store.ts";
import { deleteProviderCounts } from "../../clinics/model/patient-counts-store.ts";
import { removeClinic } from "../../clinics/model/store.ts";
import { endSubscriptionsOf } from "../../event-webhooks/model/events-store.ts";
import { ENDING_MS } from "../../event-webhooks/model/rules.ts";
import { givePreorders } from "../../ehr/model/xealth-store.ts";
import {
  alsoIn,
  archiveWhere,
  supersededInvitations,
  invitationsAmong,
  moveMembers,
  onlyIn,
  removeInvitationRecords,
} from "../../clinicians/model/merge-store.ts";
import { archiveClinicians } from "../../clinicians/model/store.ts";
import { Refusal } from "../../../platform/core/errors.ts";
import { newObjectId } from "../../../platform/core/ids.ts";
import { refuseIfFound, type Step } from "../../../platform/db/guard.ts";
import { askingOf } from "../../../platform/db/read.ts";
import { cancelInvitations } from "../../invites/model/of-user-store.ts";
import { cancelInvitationsOf } from "../../invites/model/store.ts";
import { leadMigrationsTo, migrationsOf } from "../../legacy-migrations/model/merge-store.ts";
import { giveJobs, giveMessages, jobsOfPairs, messagesOfPairs } from "../../ehr/model/merge-store.ts";
import { moveEntries } from "../../../platform/outbox/store.ts";
import {
  cancelRepeatedInvitations,
  redirectInvitations,
  invitationsOf,
} from "../../patient-invites/model/merge-store.ts";
import {
  archiveCounterparts,
  demoPatient,
  joinCounterparts,
  moveToTarget,
  type KeyRange,
  recordsAmong,
  patientsInRange,
  realPatients,
} from "../../patients/model/merge-store.ts";
import { followRecords, giveFormerMrns } from "../../patients/model/former-mrns-store.ts";
import { archivePatients } from "../../patients/model/store.ts";
import { adjustCountersOfPatients } from "../../patients/model/counters-store.ts";
import { giveReports, reportsOfPairs } from "../../reports/model/merge-store.ts";
import { insertSite } from "../../sites/model/store.ts";
import { siteNameKey } from "../../sites/model/rules.ts";
import { insertTag } from "../../tags/model/store.ts";
import { tagNameKey } from "../../tags/model/rules.ts";
import { readMergePlan } from "../plan/read-plan.ts";
import { type StoredPlan, UNDO_MS } from "../plan/rules.ts";
import {
  advanceCursor,
  enterPhase,
  mailMembers,
  mailPatients,
  type MergeRow,
  pairsOfPage,
  recordAsMerged,
  recordBelongings,
  recordMembers,
  recordMembersAsMerged,
  recordPatients,
  unlockClinics,
  sourceKeysOfPage,
  type Standing,
  targetKeysOfPage,
  usersMovedTo,
  usersOfPage,
  writeErrors,
  writeLinks,
  writePlan,
} from "./store.ts";
import { actorOf, commitStep, type MergeWork, outboxWriterOf } from "./work.ts";

/**
 * Plans the merge while nobody else can write to the clinics. What the plan forbids ends it here, and the clinics are
 * free again; otherwise the target gets the source's tags and sites, so that no patient ever carries one it does not have.
 */
export async function planStep(work: MergeWork, { merge }: Standing): Promise<Standing | undefined> {
  const { sourceId, targetId } = merge;
  const plan = await readMergePlan(askingOf(work.db), {
    sourceId,
    targetId,
    demoPatientUserId: work.demoPatientUserId,
  }).catch((error: unknown) => {
    if (error instanceof Refusal && error.kind === "notFound") return undefined;
    throw error;
  });
  const errors = plan?.blocking ?? [];
  if (!plan || errors.length > 0) {
    return commitStep(work, merge.id, [
      ...enterPhase(merge.id, "planning", "refused", work.now),
      writeErrors(merge.id, JSON.stringify(errors)),
      unlockClinics(merge.id),
    ]);
  }
  const newTags = plan.tags
    .filter(({ action }) => action === "CREATE")
    .map(({ tag }) => ({ id: newObjectId(work.now), name: tag.name, from: tag.id }));
  const joined = plan.tags.flatMap(({ tag, joins }) => (joins ? [[tag.id, joins.id] as const] : []));
  const known = new Set(plan.target.sites.map(({ id }) => id));
  const sites = plan.sites
    .filter(({ action, site }) => action !== "RETAIN" && !known.has(site.id))
    .map(({ site, finalName }) => ({ id: site.id, name: finalName }));
  const stored: StoredPlan = {
    tagIds: Object.fromEntries([...joined, ...newTags.map(({ from, id }) => [from, id] as const)]),
    newTags: newTags.map(({ id, name }) => ({ id, name })),
    sites,
  };
  return commitStep(work, merge.id, [
    ...enterPhase(merge.id, "planning", "moving", work.now),
    writePlan(merge.id, JSON.stringify(stored)),
    ...newTags.map(({ id, name }) => insertTag(targetId, { id, name, nameKey: tagNameKey(name), numPatients: 0 })),
    ...sites.map(({ id, name }) => insertSite(targetId, { id, name, nameKey: siteNameKey(name), numPatients: 0 })),
  ]);
}

export const planOf = (merge: MergeRow): StoredPlan => JSON.parse(merge.plan ?? "{}") as StoredPlan;

/** Moves the next patients of the source, or joins them with the target's records of the same accounts. */
export async function moveStep(work: MergeWork, { merge, page }: Standing): Promise<Standing | undefined> {
  const { now } = work;
  if (!page) return commitStep(work, merge.id, enterPhase(merge.id, "moving", "finishing", now));
  const { sourceId, targetId } = merge;
  const tagIds = JSON.stringify(planOf(merge).tagIds);
  const ofSource = patientsInRange(sourceId, page);
  const counterparts = sourceKeysOfPage(merge, page, "counterparts");
  const users = usersOfPage(merge, page);
  return commitStep(work, merge.id, [
    ...advanceCursor(merge, page.until, page.n, now),
    recordPatients(merge, page, now),
    ...adjustCountersOfPatients(sourceId, ofSource, -1),
    ...adjustCountersOfPatients(targetId, recordsAmong(targetId, targetKeysOfPage(merge, page, "counterparts")), -1),
    joinCounterparts(merge, page, tagIds, now),
    ...giveBelongings(merge, page),
    ...archiveCounterparts(sourceId, counterparts, now),
    moveToTarget(merge, page, tagIds, now),
    followRecords(targetId, sourceKeysOfPage(merge, page, "all")),
    redirectClaims(sourceId, targetId, users),
    moveEntries(usersMovedTo(targetId, merge, page), sourceId, targetId),
    ...adjustCountersOfPatients(targetId, recordsAmong(targetId, targetKeysOfPage(merge, page, "all")), 1),
    recordAsMerged(merge, page),
    auditChanges(actorOf(merge, now), targetId, users),
  ]);
}

/**
 * What hangs on a record that becomes one with another goes to that: its reports, and what an EHR has ordered and is to
 * get. Whether the EHR still gets it is decided by the subscription of the record that stays.
 */
function giveBelongings(merge: MergeRow, page: KeyRange): readonly Step[] {
  const pairs = pairsOfPage(merge, page);
  return [
    recordBelongings(merge.id, "report", reportsOfPairs(pairs)),
    giveReports(pairs),
    recordBelongings(merge.id, "ehrJob", jobsOfPairs(pairs)),
    giveJobs(pairs),
    recordBelongings(merge.id, "ehrMessage", messagesOfPairs(pairs)),
    giveMessages(pairs),
    ...giveFormerMrns(merge.targetId, pairs),
  ];
}

/** The source still has patients: the merge goes back to moving them. */
class NotEmpty extends Error {
  static override readonly name: string = "NotEmpty";
}

/**
 * Makes the rest one, in one batch: members, invitations, migrations and share codes lead to the target, the source is
 * archived, both clinics are free. From here on the merge has happened.
 */
export async function finishStep(work: MergeWork, { merge }: Standing): Promise<Standing | undefined> {
  const { now } = work;
  const { id, sourceId, targetId } = merge;
  const superseded = supersededInvitations(sourceId, targetId);
  const steps: Step[] = [
    ...enterPhase(id, "finishing", "notifying", now),
    refuseIfFound(realPatients(sourceId), () => new NotEmpty()),
    recordMembers(id, "superseded", superseded),
    recordMembers(id, "merged", alsoIn(sourceId, targetId)),
    recordMembers(id, "moved", onlyIn(sourceId, targetId)),
    cancelInvitations(invitationsAmong(superseded), now),
    removeInvitationRecords(superseded),
    ...archiveWhere(alsoIn(sourceId, targetId), now),
    moveMembers(sourceId, targetId, now),
    recordMembersAsMerged(id, targetId),
    ...archiveClinicians(sourceId, null, now),
    cancelInvitationsOf(sourceId, now),
    writeLinks(id, codesOf(sourceId), invitationsOf(sourceId), migrationsOf(sourceId)),
    cancelRepeatedInvitations(sourceId, targetId, now),
    redirectInvitations(sourceId, targetId, now),
    ...leadMigrationsTo(sourceId, targetId),
    ...archivePatients(demoPatient(sourceId), null, now),
    deleteProviderCounts(sourceId),
    givePreorders(sourceId, targetId),
    // They come back where the merge is undone.
    endSubscriptionsOf(sourceId, now + UNDO_MS + ENDING_MS),
    ...removeClinic(sourceId, null, now),
    leadCodesTo(targetId, id),
    touchClinic(targetId, now),
    auditChange(actorOf(merge, now), sourceId),
    auditChange(actorOf(merge, now), targetId),
    unlockClinics(id),
    ...work.keepAnswer(merge),
    ...mailMembers(outboxWriterOf(work), merge),
  ];
  try {
    return await commitStep(work, id, steps);
  } catch (error) {
    if (!(error instanceof NotEmpty)) throw error;
    return commitStep(work, id, enterPhase(id, "finishing", "moving", now));
  }
}

/** Puts the mails to the next patients in the outbox. */
export async function notifyStep(work: MergeWork, { merge, page }: Standing): Promise<Standing | undefined> {
  if (!page) return commitStep(work, merge.id, enterPhase(merge.id, "notifying", "done", work.now));
  return commitStep(work, merge.id, [
    ...advanceCursor(merge, page.until, 0, work.now),
    mailPatients(outboxWriterOf(work), merge, page),
  ]);
}
