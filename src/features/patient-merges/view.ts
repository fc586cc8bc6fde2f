import type { Ctx } from "../../platform/context/context.ts";
import { notFound } from "../../platform/core/errors.ts";
import { parsedJson, type Page, toDateTime } from "../../platform/core/wire.ts";
import { patientNotFound } from "../patients/model/get-patient.ts";
import { findPatient, type FoundPatient } from "../patients/model/read.ts";
import { toPatient } from "../patients/model/schema.ts";
import { UNDO_MS } from "../merges/plan/rules.ts";
import type { ListedPatientMerges, MergeView, NotRestored } from "./schema.ts";
import { findPatientMerge, listMerges, type MergeRow, targetOf } from "./store.ts";

export const mergeNotFound = () => notFound("merge");

const standingOf = (it: Pick<MergeRow, "mergedAt" | "mergedBy" | "undoneAt" | "undoneBy">) => ({
  state: it.undoneAt === null ? ("merged" as const) : ("undone" as const),
  mergedTime: toDateTime(it.mergedAt),
  mergedBy: it.mergedBy,
  undoableUntil: toDateTime(it.mergedAt + UNDO_MS),
  ...(it.undoneAt !== null && { undoneTime: toDateTime(it.undoneAt), undoneBy: it.undoneBy! }),
});

/** A merge as it is answered, with the survivor's record while there is one. */
export const viewOf = (it: MergeRow, survivor: FoundPatient | undefined): MergeView => ({
  ...(JSON.parse(it.plan) as MergeView),
  id: it.id,
  clinicId: it.clinicId,
  ...standingOf(it),
  notRestored: parsedJson<NotRestored[]>(it.notRestored),
  // A user who came back has another record.
  patient: survivor?.row.key === it.targetKey ? toPatient(survivor.row, survivor.siteNames) : undefined,
});

/** A merge of the clinic and the survivor, in one round trip; seeing it is reading both records. */
export async function getPatientMerge(ctx: Ctx, clinicId: string, mergeId: string): Promise<MergeView> {
  const { merge, survivor } = await ctx.read({
    merge: findPatientMerge(clinicId, mergeId),
    survivor: findPatient(clinicId, targetOf(clinicId, mergeId)),
  });
  if (!merge) throw mergeNotFound();
  ctx.auditRead(clinicId, [merge.targetUserId, merge.sourceUserId]);
  return viewOf(merge, survivor);
}

/** The merges that a user of the clinic was ever part of, newest first. */
export async function listPatientMerges(
  ctx: Ctx,
  clinicId: string,
  userId: string,
  page: Page,
): Promise<ListedPatientMerges> {
  const { found } = await ctx.read({ found: listMerges(clinicId, userId, page) });
  if (!found.isKnown) throw patientNotFound();
  ctx.auditRead(clinicId, [userId]);
  return found.merges.map((it) => {
    const isSource = it.sourceUserId === userId;
    return {
      id: it.id,
      role: isSource ? "source" : "target",
      otherId: isSource ? it.targetUserId : it.sourceUserId,
      ...standingOf(it),
      ...(it.formerMrn !== null && { formerMrn: it.formerMrn }),
      fields: JSON.parse(it.fields) as ListedPatientMerges[number]["fields"],
    };
  });
}
