import { redirectClaims } from "../../accounts/claims-store.ts";
import { auditChange, auditChanges } from "../../../platform/audit/audit-store.ts";
import { touchClinic } from "../../clinics/model/guards.ts";
import {
  codesLedElsewhere,
  findArchivedClinic,
  leadCodesBack,
  restoreClinic,
} from "../../clinics/model/merge-store.ts";
import { keepSubscriptionsOf } from "../../event-webhooks/model/events-store.ts";
import { returnJobs, returnMessages } from "../../ehr/model/merge-store.ts";
import { followSettings } from "../../ehr/model/schedule-store.ts";
import { archiveWhere, insertMembers } from "../../clinicians/model/merge-store.ts";
import { reopenInvitations } from "../../invites/model/of-user-store.ts";
import { leadMigrationsBack } from "../../legacy-migrations/model/merge-store.ts";
import { moveEntries } from "../../../platform/outbox/store.ts";
import { answeredInvitations, restoreInvitations } from "../../patient-invites/model/merge-store.ts";
import {
  archivedDemoPatient,
  demoPatient,
  moveBack,
  partCounterparts,
  recordsAmong,
  restorePatients,
  endOrders,
  withdrawPermissions,
} from "../../patients/model/merge-store.ts";
import { adjustCountersOfPatients } from "../../patients/model/counters-store.ts";
import { followRecords, returnFormerMrns } from "../../patients/model/former-mrns-store.ts";
import {
  copyAddresses,
  copySources,
  copySummaries,
  removeSummariesAmong,
} from "../../patients/summary/summary-store.ts";
import { showSummariesAmong } from "../../device-data/model/jobs-store.ts";
import { returnReports } from "../../reports/model/merge-store.ts";
import { siteNameKey } from "../../sites/model/rules.ts";
import { deleteSites, insertSite } from "../../sites/model/store.ts";
import { tagNameKey } from "../../tags/model/rules.ts";
import { deleteTags, insertTag } from "../../tags/model/store.ts";
import { planOf } from "./execute-merge.ts";
import {
  advanceCursor,
  belongingsToReturn,
  enterPhase,
  unlockClinics,
  reportKept,
  pairsOfPage,
  sourceKeysOfPage,
  type Standing,
  targetKeysOfPage,
  usersMovedTo,
  usersOfPage,
} from "./store.ts";
import {
  changedMembers,
  changedPatients,
  goneMembers,
  gonePatients,
  invitationsToRestore,
  keptLabels,
  keysToRestore,
  labelsToRemove,
  lostInvitations,
  membersToRestore,
  membersToTakeAway,
  neededAdmins,
  pairsToldSince,
  patientsToPart,
  patientsToRestore,
  patientsToReturn,
  ordersEndedSince,
  permissionsTakenBack,
  recordsWithoutData,
  usersToRestore,
} from "./undo-store.ts";
import { actorOf, ask, commitStep, type MergeWork, outboxWriterOf } from "./work.ts";

interface ArchivedLabel {
  readonly id: string;
  readonly name: string;
}

/**
 * Brings the source back as a clinic, with its tags, sites, members and everything that leads to it, but for its patients.
 * Who has left the target since the merge does not come back; what was changed since stays in the target, too.
 */
export async function restoreStep(work: MergeWork, { merge }: Standing): Promise<Standing | undefined> {
  const { now } = work;
  const { id, sourceId, targetId } = merge;
  const mergedAt = merge.mergedAt ?? 0;
  const archived = await ask(work, findArchivedClinic(sourceId, mergedAt));
  const labels = (text: string | undefined) => JSON.parse(text ?? "[]") as ArchivedLabel[];
  return commitStep(work, id, [
    ...enterPhase(id, "restoring", "returning", now),
    ...restoreClinic(sourceId, mergedAt, now),
    ...followSettings(sourceId, now),
    keepSubscriptionsOf(sourceId),
    ...labels(archived?.patientTags).map((tag) =>
      insertTag(sourceId, { ...tag, nameKey: tagNameKey(tag.name), numPatients: 0 }),
    ),
    ...labels(archived?.sites).map((site) =>
      insertSite(sourceId, { ...site, nameKey: siteNameKey(site.name), numPatients: 0 }),
    ),
    ...restorePatients(sourceId, archivedDemoPatient(sourceId, work.demoPatientUserId ?? "", mergedAt)),
    ...adjustCountersOfPatients(sourceId, demoPatient(sourceId), 1),
    reportKept(id, "shareCode", "changed", codesLedElsewhere(targetId, id)),
    leadCodesBack(sourceId, targetId, id),
    reportKept(id, "invitation", "changed", answeredInvitations(targetId, id)),
    ...restoreInvitations(sourceId, targetId, id, mergedAt, now),
    ...leadMigrationsBack(sourceId, targetId, id),
    reportKept(id, "clinician", "gone", goneMembers(merge)),
    reportKept(id, "clinician", "changed", changedMembers(merge)),
    reportKept(id, "clinician", "inUse", neededAdmins(merge)),
    insertMembers(membersToRestore(merge)),
    ...archiveWhere(membersToTakeAway(merge), now),
    reportKept(id, "invitation", "inUse", lostInvitations(merge)),
    reopenInvitations(targetId, keysToRestore(merge), now),
    insertMembers(invitationsToRestore(merge)),
  ]);
}

/** Brings the next patients back, with the changes they have seen since; what they shared with the target parts again. */
export async function returnStep(work: MergeWork, { merge, page }: Standing): Promise<Standing | undefined> {
  const { now } = work;
  const { id, sourceId, targetId } = merge;
  if (!page) return commitStep(work, id, enterPhase(id, "returning", "closing", now));
  const users = usersOfPage(merge, page);
  const ofTarget = recordsAmong(targetId, targetKeysOfPage(merge, page, "all"));
  const ofSource = recordsAmong(sourceId, sourceKeysOfPage(merge, page, "all"));
  const tagIdsBack = JSON.stringify(
    Object.fromEntries(Object.entries(planOf(merge).tagIds).map(([from, to]) => [to, from])),
  );
  return commitStep(work, id, [
    ...advanceCursor(merge, page.until, page.n, now),
    reportKept(id, "patient", "changed", changedPatients(merge, page)),
    reportKept(id, "patient", "gone", gonePatients(merge, page)),
    ...adjustCountersOfPatients(targetId, ofTarget, -1),
    ...restorePatients(sourceId, patientsToRestore(merge, page)),
    withdrawPermissions(sourceId, permissionsTakenBack(merge, page)),
    endOrders(sourceId, ordersEndedSince(merge, page), now),
    copyAddresses(pairsToldSince(merge, page, "address")),
    copySources(pairsToldSince(merge, page, "sources")),
    ...copySummaries("cgm", pairsToldSince(merge, page, "cgm")),
    ...copySummaries("bgm", pairsToldSince(merge, page, "bgm")),
    ...removeSummariesAmong(sourceId, recordsWithoutData(merge, page)),
    returnReports(belongingsToReturn(merge, page, "report")),
    returnJobs(belongingsToReturn(merge, page, "ehrJob")),
    returnMessages(belongingsToReturn(merge, page, "ehrMessage")),
    partCounterparts(targetId, patientsToPart(merge, page), now),
    moveBack(targetId, sourceId, patientsToReturn(merge, page, tagIdsBack, now), now),
    ...returnFormerMrns(targetId, sourceId, pairsOfPage(merge, page)),
    followRecords(sourceId, sourceKeysOfPage(merge, page, "all")),
    ...adjustCountersOfPatients(targetId, ofTarget, 1),
    ...adjustCountersOfPatients(sourceId, ofSource, 1),
    redirectClaims(targetId, sourceId, users),
    moveEntries(usersMovedTo(sourceId, merge, page), targetId, sourceId),
    auditChanges(actorOf(merge, now), sourceId, users),
    // What was uploaded meanwhile was shown in the target alone.
    showSummariesAmong(outboxWriterOf(work), usersToRestore(merge, page), `undo:${id}`),
  ]);
}

/** Takes the tags and sites that nobody needs out of the target; from here on both clinics are themselves again. */
export async function closeStep(work: MergeWork, { merge }: Standing): Promise<Standing | undefined> {
  const { now } = work;
  const { id, sourceId, targetId } = merge;
  const { newTags, sites } = planOf(merge);
  const labels = { tag: JSON.stringify(newTags), site: JSON.stringify(sites) };
  const reports = (["tag", "site"] as const).flatMap((kind) => {
    const kept = keptLabels(kind, targetId, labels[kind]);
    return (["gone", "changed", "inUse"] as const).map((reason) => reportKept(id, kind, reason, kept[reason]));
  });
  return commitStep(work, id, [
    ...enterPhase(id, "closing", "undone", now),
    ...reports,
    deleteTags(targetId, labelsToRemove("tag", targetId, labels.tag)),
    deleteSites(targetId, labelsToRemove("site", targetId, labels.site)),
    touchClinic(targetId, now),
    auditChange(actorOf(merge, now), sourceId),
    auditChange(actorOf(merge, now), targetId),
    unlockClinics(id),
  ]);
}
