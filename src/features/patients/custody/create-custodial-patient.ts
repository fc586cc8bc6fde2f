import { followNewCustodialRecord } from "../../accounts/custody-store.ts";
import { refuseUnlessClinic } from "../../clinics/model/guards.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { newUserId } from "../../../platform/core/ids.ts";
import { untilFresh } from "../../../platform/core/stale.ts";
import { storedJson } from "../../../platform/core/wire.ts";
import { readAssignments, refuseGoneAssignments, unknownSite } from "../model/assignments-store.ts";
import { refuseOverLimit } from "../model/plan-limit-guards.ts";
import { boundMrn, refuseBadMrn, storedMrn } from "../model/mrn-guards.ts";
import { onePatient } from "../model/read.ts";
import { countsToPlan, newPatient, permissionBits } from "../model/record.ts";
import { type Patient, type PatientInput, storedDataSources, toPatient } from "../model/schema.ts";
import { insertPatient, versionOfPatient } from "../model/store.ts";
import { countNewPatient } from "../model/counters-store.ts";
import { refuseOutright } from "../../../platform/db/guard.ts";
import { undoIfRefused } from "../../../platform/accounts/directory.ts";
import { addressKey } from "../../../platform/text/comparison-key.ts";

/**
 * Makes an account nobody can sign in to yet and the patient it belongs to, in one batch. Refused in this order: an MRN
 * that breaks the clinic's rules, a clinic at its limit, an address some account has, an unknown site.
 */
export function createCustodialPatient(ctx: Ctx, clinicId: string, input: PatientInput): Promise<Patient> {
  ctx.answerStandsWhile((userId) => versionOfPatient(clinicId, userId));
  const email = input.email ? addressKey(input.email) : null;
  const mrn = storedMrn(input.mrn);
  const dataSources = input.dataSources ? storedDataSources(input.dataSources) : null;
  return untilFresh(async () => {
    const asked = readAssignments(clinicId, input);
    // The batch refuses who may not; asked before it is what it can't take back.
    const isBatchAlone = asked.statements.length === 0 && ctx.users.custodial.where === "ours";
    const assigned = isBatchAlone ? await asked.take([]) : (await ctx.read({ assigned: asked })).assigned;
    const account = await ctx.users.createCustodial({ id: newUserId(), email, now: ctx.now });
    const userId = account.id;
    const patient = newPatient({
      clinicId,
      userId,
      fullName: input.fullName,
      birthDate: input.birthDate,
      email,
      mrn,
      targetDevices: storedJson(input.targetDevices),
      tags: JSON.stringify(assigned.tags ?? []),
      sites: JSON.stringify(assigned.sites ?? []),
      dataSources: storedJson(dataSources),
      permissions: permissionBits(["custodian", "view", "upload", "note"]),
      glycemicRanges: storedJson(input.glycemicRanges),
      diagnosisType: input.diagnosisType || null,
      invitedBy: ctx.caller.kind === "person" ? ctx.caller.id : null,
      countsToPlan: countsToPlan(false, dataSources),
      createdAt: ctx.now,
    });
    try {
      return await ctx.commit({
        clinicId,
        patientId: userId,
        answer: toPatient({ key: 0, ...patient }, assigned.siteNames),
        steps: [
          refuseUnlessClinic(clinicId),
          ...refuseBadMrn(clinicId, userId, mrn),
          refuseOverLimit(clinicId, ctx.now),
          ...account.steps,
          ...(assigned.hasUnknownSite ? [refuseOutright(unknownSite)] : []),
          ...refuseGoneAssignments(clinicId, assigned),
          insertPatient(patient, boundMrn(clinicId)),
          ...countNewPatient(clinicId, userId, patient),
        ],
        outbox: followNewCustodialRecord(ctx, onePatient(clinicId, userId), email),
      });
    } catch (error) {
      await undoIfRefused(account, error);
      throw error;
    }
  });
}
