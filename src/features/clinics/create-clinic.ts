import { demoPatientUserId } from "./model/demo-patient.ts";
import { CLINIC_CREATED } from "./model/mails.ts";
import type { Person } from "../../platform/auth/caller.ts";
import { firstAdmin } from "../clinicians/model/first-admin.ts";
import { insertClinician } from "../clinicians/model/store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { constraintViolation, notFound, Refusal } from "../../platform/core/errors.ts";
import { refuseIfFound, type Step } from "../../platform/db/guard.ts";
import { onePatient } from "../patients/model/read.ts";
import { newPatient, permissionBits } from "../patients/model/record.ts";
import { insertPatient } from "../patients/model/store.ts";
import { insertOutboxEntry } from "../../platform/outbox/store.ts";
import type { User } from "../../platform/accounts/directory.ts";
import { keepCurrent } from "../../platform/accounts/own-directory-store.ts";
import { NEW_CLINIC_HARD_LIMIT } from "./model/rules.ts";
import { type Clinic, type ClinicInput, fieldsOf, toClinic } from "./model/schema.ts";
import { newShareCode } from "./model/share-code.ts";
import { clinicDefaults, insertClinic, shareCodeIsTaken, versionOfClinic } from "./model/store.ts";
import { adjustTotals } from "./model/patient-counts-store.ts";

const SHARE_CODE_ATTEMPTS_MAX = 100;
/** The name a demo patient gets whose account is not known yet: its absence must not keep a clinic from being made. */
const DEMO_PATIENT_NAME = "Demo Patient";

class ShareCodeClash extends Error {
  static override readonly name: string = "ShareCodeClash";
}

/**
 * Makes a clinic with its creator as first admin and, where one is configured, the demo patient: all of them or
 * nothing. The creator needs an account with an e-mail address.
 */
export async function createClinic(ctx: Ctx, creator: Person, input: ClinicInput): Promise<Clinic> {
  ctx.answerStandsWhile(versionOfClinic);
  const demoId = demoPatientUserId(ctx.settings);
  const { account, demo } = await ctx.read({
    account: ctx.users.find(creator.id),
    demo: ctx.users.find(demoId ?? ""),
  });
  if (!account && creator.email === undefined) throw notFound();
  const email = account?.email ?? creator.email;
  if (!email) throw constraintViolation("the account has no e-mail address");

  for (let attempt = 1; attempt <= SHARE_CODE_ATTEMPTS_MAX; attempt++) {
    try {
      return await commitClinic(ctx, creator, input, {
        email,
        name: account?.profile.fullName ?? creator.name ?? null,
        demo,
      });
    } catch (error) {
      if (!(error instanceof ShareCodeClash)) throw error;
    }
  }
  throw new Refusal("conflict", "duplicate share code");
}

function commitClinic(
  ctx: Ctx,
  creator: Person,
  input: ClinicInput,
  known: { email: string; name: string | null; demo: User | undefined },
): Promise<Clinic> {
  const clinic = {
    ...clinicDefaults,
    ...fieldsOf(input),
    id: ctx.newId(),
    shareCode: newShareCode(),
    hardLimitPlan: NEW_CLINIC_HARD_LIMIT,
    createdAt: ctx.now,
    updatedAt: ctx.now,
  };
  const admin = firstAdmin(ctx, clinic.id, { userId: creator.id, email: known.email, name: known.name });
  return ctx.commit({
    clinicId: clinic.id,
    answer: toClinic({ clinic, tags: [], sites: [], hasAdmin: true }),
    steps: [
      refuseIfFound(shareCodeIsTaken(clinic.shareCode), () => new ShareCodeClash()),
      ...keepCurrent(creator, ctx.now),
      ...insertClinic(clinic),
      insertClinician(admin),
      ...demoPatientSteps(ctx, clinic.id, known.demo),
    ],
    outbox: [
      insertOutboxEntry(ctx, {
        kind: CLINIC_CREATED,
        uniqueKey: `clinic_created:${clinic.id}`,
        clinicId: clinic.id,
        recipient: { userId: creator.id },
        variables: { ClinicName: clinic.name },
      }),
    ],
  });
}

function demoPatientSteps(ctx: Ctx, clinicId: string, account: User | undefined): readonly Step[] {
  const userId = demoPatientUserId(ctx.settings);
  if (userId === undefined) return [];
  const patient = newPatient({
    clinicId,
    userId,
    fullName: account?.profile.patient?.fullName ?? account?.profile.fullName ?? account?.name ?? DEMO_PATIENT_NAME,
    birthDate: account?.profile.patient?.birthday ?? null,
    email: account?.email ?? null,
    permissions: permissionBits(["view"]),
    isMigrated: 1,
    isDemo: 1,
    countsToPlan: 0,
    createdAt: ctx.now,
  });
  return [insertPatient(patient), adjustTotals(clinicId, onePatient(clinicId, userId), 1)];
}
