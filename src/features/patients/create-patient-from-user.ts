import { demoPatientUserId } from "../clinics/model/demo-patient.ts";
import { followCustodialRecord } from "../accounts/custody-store.ts";
import { refuseUnlessClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { duplicate, notFound } from "../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { storedJson } from "../../platform/core/wire.ts";
import { refuseIfFound, refuseIfUnchanged, refuseOutright, type Step } from "../../platform/db/guard.ts";
import type { User } from "../../platform/accounts/directory.ts";
import { type Assignments, readAssignments, refuseGoneAssignments } from "./model/assignments-store.ts";
import { refuseOverLimit } from "./model/plan-limit-guards.ts";
import { boundMrn, refuseBadMrn, storedMrn } from "./model/mrn-guards.ts";
import { rebuildSummary, type RowWithPeriods } from "../summaries/rebuild.ts";
import { findLatestElsewhere, findPatient, onePatient } from "./model/read.ts";
import { countsToPlan, newPatient, type NewPatient, type Permission, permissionBits } from "./model/record.ts";
import { type Patient, type PatientFromUserInput, toPatient } from "./model/schema.ts";
import { addLegacyClinician, insertPatient, patientWith } from "./model/store.ts";
import { showSummariesOf } from "../device-data/model/jobs-store.ts";
import { copyFromElsewhere, refuseIfElsewhereChanged } from "./summary/summary-store.ts";
import { adjustPatientCounters } from "./model/counters-store.ts";
import { addressKey } from "../../platform/text/comparison-key.ts";

const isPatientAlready = () => duplicate("patient is already a member of the clinic");

/**
 * Links an existing user to a clinic. What the body does not say comes from the user's profile; summary and data sources
 * are what the user's other records know. A user who is a patient
 * already is refused, except that a legacy clinician is then added to the patient and nothing else changes.
 */
export function createPatientFromUser(
  ctx: Ctx,
  clinicId: string,
  userId: string,
  input: PatientFromUserInput,
): Promise<Patient> {
  return untilFresh(async () => {
    const { user, existing, assigned, elsewhere } = await ctx.read({
      user: ctx.users.find(userId),
      existing: findPatient(clinicId, userId),
      assigned: readAssignments(clinicId, input),
      elsewhere: findLatestElsewhere(clinicId, userId),
    });
    const legacyId = input.legacyClinicianId;
    const patient = patientFromUser(ctx, clinicId, userId, user, input, assigned);
    const isCustodial = input.permissions?.custodian !== undefined;
    const isLimited = isCustodial && !existing && patient.isDemo === 0;
    const premises: Step[] = [
      refuseUnlessClinic(clinicId),
      ...(user ? [] : [refuseOutright(() => notFound())]),
      ...refuseBadMrn(clinicId, userId, patient.mrn),
    ];
    if (existing && legacyId !== undefined) {
      return ctx.commit({
        clinicId,
        patientId: userId,
        answer: toPatient({ ...existing.row, updatedAt: ctx.now }, existing.siteNames),
        steps: [
          ...premises,
          addLegacyClinician(clinicId, userId, legacyId, existing.row.version, ctx.now),
          refuseIfUnchanged(() => new StaleRead()),
        ],
      });
    }
    return ctx.commit({
      clinicId,
      patientId: userId,
      answer: toAddedPatient(patient, assigned, elsewhere),
      steps: [
        ...premises,
        // Somebody was faster: with a legacy clinician that is not a refusal but the other case.
        ...(legacyId === undefined ? [] : [refuseIfFound(patientWith(clinicId, userId), () => new StaleRead())]),
        ...(isLimited ? [refuseOverLimit(clinicId, ctx.now)] : []),
        refuseIfFound(patientWith(clinicId, userId), isPatientAlready),
        ...addPatient(patient, assigned, elsewhere),
      ],
      outbox: [
        ...(isCustodial ? followCustodialRecord(ctx, onePatient(clinicId, userId)) : []),
        ...(elsewhere ? [] : [showSummariesOf(ctx, userId)]),
      ],
    });
  });
}

/**
 * Adds a patient and counts them, with the tags and sites as they were looked up. Summary and data sources are those of
 * the user's record elsewhere as it was read.
 */
export const addPatient = (
  patient: NewPatient,
  assigned: Assignments,
  elsewhere: RowWithPeriods | undefined,
): readonly Step[] => [
  ...refuseGoneAssignments(patient.clinicId, assigned),
  refuseIfElsewhereChanged(patient.clinicId, patient.userId, elsewhere),
  insertPatient(patient, boundMrn(patient.clinicId)),
  ...copyFromElsewhere(patient.clinicId, patient.userId),
  ...adjustPatientCounters(patient.clinicId, patient.userId, 1),
];

/** A patient as addPatient stores them. */
export const toAddedPatient = (
  patient: NewPatient,
  assigned: Assignments,
  elsewhere: RowWithPeriods | undefined,
): Patient => ({
  ...toPatient({ key: 0, ...patient, dataSources: elsewhere?.dataSources ?? null }, assigned.siteNames),
  summary: elsewhere && rebuildSummary(elsewhere),
});

/** The record of a user as a patient of the clinic: what the body does not say comes from the user's profile. */
export function patientFromUser(
  ctx: Ctx,
  clinicId: string,
  userId: string,
  user: User | undefined,
  input: PatientFromUserInput,
  assigned: Assignments,
): NewPatient {
  const profile = user?.profile;
  const isDemo = userId === demoPatientUserId(ctx.settings);
  return newPatient({
    clinicId,
    userId,
    fullName: input.fullName ?? profile?.patient?.fullName ?? profile?.fullName ?? null,
    birthDate: input.birthDate ?? profile?.patient?.birthday ?? null,
    email: user?.email ? addressKey(user.email) : null,
    mrn: storedMrn(input.mrn) ?? storedMrn(profile?.patient?.mrn),
    targetDevices: storedJson(profile?.patient?.targetDevices),
    tags: JSON.stringify(assigned.tags ?? []),
    sites: JSON.stringify(assigned.sites ?? []),
    permissions: input.permissions ? permissionBits(Object.keys(input.permissions) as Permission[]) : null,
    glycemicRanges: storedJson(input.glycemicRanges),
    diagnosisType: input.diagnosisType || null,
    isMigrated: input.isMigrated ? 1 : 0,
    legacyClinicianIds: input.legacyClinicianId === undefined ? null : JSON.stringify([input.legacyClinicianId]),
    isDemo: isDemo ? 1 : 0,
    countsToPlan: countsToPlan(isDemo, null),
    createdAt: ctx.now,
  });
}
