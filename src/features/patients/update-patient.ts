import { skipEhrJobs } from "../ehr/model/merge-store.ts";
import { followCustodialRecord } from "../accounts/custody-store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { Refusal, isRefusal } from "../../platform/core/errors.ts";
import { type ChangeConditions, refuseOtherState } from "../../platform/core/states.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { storedJson } from "../../platform/core/wire.ts";
import type { WrittenJson } from "../../platform/formats/json-bytes.ts";
import { refuseUnlessFound, refuseOutright } from "../../platform/db/guard.ts";
import { AccountClaimed, EMAIL_IS_TAKEN, inBatch, undoIfRefused } from "../../platform/accounts/directory.ts";
import { type Assignments, readAssignments, refuseGoneAssignments, unknownSite } from "./model/assignments-store.ts";
import { followNewAddress } from "./connections/connections-store.ts";
import { giveAddress } from "./connections/give-address.ts";
import { patientNotFound } from "./model/get-patient.ts";
import { refuseBadMrn, storedMrn } from "./model/mrn-guards.ts";
import { writtenPatient } from "./model/patient-json.ts";
import { findPatient, onePatient, stateOfPatient } from "./model/read.ts";
import { countsToPlan, derivedColumns, isInCustody, storedBirthDate } from "./model/record.ts";
import type { PatientRow } from "../tables/patients.ts";
import { type PatientInput, storedDataSources } from "./model/schema.ts";
import { patientAsRead, patientWith, type PatientUpdate, updatePatientRow } from "./model/store.ts";
import { countChange } from "./model/counters-store.ts";
import { addressKey } from "../../platform/text/comparison-key.ts";

/** What the account of a custodial patient repeats. */
const TOLD = ["fullName", "birthDate", "email", "mrn", "targetDevices", "diagnosisType"] as const;
const isToldOtherwise = (row: PatientRow, update: PatientUpdate) => TOLD.some((field) => row[field] !== update[field]);

/**
 * Replaces what a clinic may say of its patient. Absent e-mail, MRN and devices are cleared; absent tags, sites, data
 * sources, ranges and diagnosis are kept. The account of a custodial patient follows in the same batch, and the records that
 * other clinics have get a new address of it; of one that has an owner the address is theirs and stays. What others changed
 * meanwhile is never overwritten unseen; with If-Match neither what was changed since the caller read the record. Returns the
 * patient (`Patient`).
 */
export function updatePatient(
  ctx: Ctx,
  clinicId: string,
  userId: string,
  input: PatientInput,
  conditions: ChangeConditions = {},
): Promise<WrittenJson> {
  let isClaimed = false;
  const redoOrRefuse = (error: unknown): never => {
    if (!(error instanceof AccountClaimed)) return refuseOnUpdate(error);
    isClaimed = true;
    throw new StaleRead();
  };
  return untilFresh(async () => {
    const { found, assigned } = await ctx.read({
      found: findPatient(clinicId, userId),
      assigned: readAssignments(clinicId, input),
    });
    if (!found) throw patientNotFound();
    refuseOtherState(conditions, (state) => state === stateOfPatient(found.row));
    const isKept = isInCustody(found.row) && !isClaimed;
    const update = updateOf(ctx, found.row, input, assigned, isKept);
    // Only an account in custody gets another address here.
    const isMoved = update.email !== found.row.email;
    const account = isKept
      ? await ctx.users.changeCustodialEmail({ id: userId, email: update.email, now: ctx.now }).catch(redoOrRefuse)
      : inBatch();
    const siteNames = new Map([...found.siteNames, ...assigned.siteNames]);
    try {
      return await ctx.commit({
        clinicId,
        patientId: userId,
        answer: writtenPatient({ ...found.row, ...update, updatedAt: ctx.now }, siteNames),
        steps: [
          refuseUnlessFound(patientWith(clinicId, userId), patientNotFound),
          ...refuseBadMrn(clinicId, userId, update.mrn),
          ...account.steps,
          ...(assigned.hasUnknownSite ? [refuseOutright(unknownSite)] : []),
          ...refuseGoneAssignments(clinicId, assigned),
          // The last of the guards, which are one statement: within the batch nobody else changes the record.
          refuseUnlessFound(patientAsRead(clinicId, userId, found.row.version), () => new StaleRead()),
          ...countChange(clinicId, userId, found.row, update, [
            updatePatientRow(clinicId, userId, update, found.row.version, ctx.now),
          ]),
          ...(update.mrn === found.row.mrn ? [] : [skipEhrJobs(found.row.key, "not_subscribed", ctx.now)]),
        ],
        outbox: [
          ...(isKept && isToldOtherwise(found.row, update)
            ? followCustodialRecord(ctx, onePatient(clinicId, userId))
            : []),
          ...(isMoved ? followNewAddress(ctx, userId, onePatient(clinicId, userId), update.email) : []),
          ...(isMoved && update.email !== null ? giveAddress(ctx, userId, update.email) : []),
        ],
      });
    } catch (error) {
      await undoIfRefused(account, error);
      return redoOrRefuse(error);
    }
  });
}

/** Says of a taken address what was being done; the directory may say it before the batch or in it. */
function refuseOnUpdate(error: unknown): never {
  if (isRefusal(error, EMAIL_IS_TAKEN)) {
    throw new Refusal("conflict", `unable to update custodial user: ${error.message}`, { code: EMAIL_IS_TAKEN });
  }
  throw error;
}

function updateOf(
  ctx: Ctx,
  row: PatientRow,
  input: PatientInput,
  assigned: Assignments,
  isKept: boolean,
): PatientUpdate {
  const asked = input.email ? addressKey(input.email) : null;
  const email = isKept ? asked : row.email;
  const getsNewAddress = email !== null && email !== row.email;
  const dataSources = input.dataSources ? storedDataSources(input.dataSources) : undefined;
  const birthDate = storedBirthDate(input.birthDate);
  const fields = { fullName: input.fullName, birthDate, email, mrn: storedMrn(input.mrn) };
  return {
    ...fields,
    ...derivedColumns(fields),
    targetDevices: storedJson(input.targetDevices),
    tags: assigned.tags ? JSON.stringify(assigned.tags) : row.tags,
    sites: assigned.sites ? JSON.stringify(assigned.sites) : row.sites,
    dataSources: dataSources ? storedJson(dataSources) : row.dataSources,
    glycemicRanges: input.glycemicRanges ? storedJson(input.glycemicRanges) : row.glycemicRanges,
    diagnosisType: input.diagnosisType === undefined ? row.diagnosisType : input.diagnosisType || null,
    countsToPlan: dataSources ? countsToPlan(row.isDemo === 1, dataSources) : row.countsToPlan,
    // A new address is claimed by the person who gave it.
    invitedBy: getsNewAddress && ctx.caller.kind === "person" ? ctx.caller.id : row.invitedBy,
  };
}
