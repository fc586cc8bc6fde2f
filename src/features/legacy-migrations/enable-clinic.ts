import { firstAdmin } from "../clinicians/model/first-admin.ts";
import { insertClinician } from "../clinicians/model/store.ts";
import { NEW_CLINIC_HARD_LIMIT } from "../clinics/model/rules.ts";
import { type Clinic, toClinic } from "../clinics/model/schema.ts";
import { newShareCode } from "../clinics/model/share-code.ts";
import { clinicDefaults, insertClinic, shareCodeIsTaken, wholeClinics } from "../clinics/model/store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { constraintViolation, notFound } from "../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { refuseIfFound } from "../../platform/db/guard.ts";
import { LEGACY_ROLE } from "./model/rules.ts";
import { unmigratedClinicsOf } from "./model/store.ts";

/** What a user without the legacy role is refused with. */
export const isNoLegacyClinic = (userId: string) => constraintViolation(`user ${userId} is not clinician`);

/**
 * Makes an empty clinic for a legacy clinic account to be filled in and migrated. An account that administers one that
 * is still to be migrated gets that one, also when several ask at once.
 */
export function enableClinic(ctx: Ctx, userId: string): Promise<Clinic> {
  return untilFresh(async () => {
    const { user, waiting } = await ctx.read({
      user: ctx.users.find(userId),
      waiting: wholeClinics(unmigratedClinicsOf(userId)),
    });
    if (!user) throw notFound();
    if (!user.roles.includes(LEGACY_ROLE)) throw isNoLegacyClinic(userId);
    if (waiting[0]) return toClinic(waiting[0]);
    const clinic = {
      ...clinicDefaults,
      id: ctx.newId(),
      shareCode: newShareCode(),
      isMigrated: 0,
      hardLimitPlan: NEW_CLINIC_HARD_LIMIT,
      createdAt: ctx.now,
      updatedAt: ctx.now,
    };
    const admin = firstAdmin(ctx, clinic.id, { userId, email: user.email, name: user.profile.fullName ?? null });
    return ctx.commit({
      clinicId: clinic.id,
      answer: toClinic({ clinic, tags: [], sites: [], hasAdmin: true }),
      steps: [
        refuseIfFound(unmigratedClinicsOf(userId), () => new StaleRead()),
        refuseIfFound(shareCodeIsTaken(clinic.shareCode), () => new StaleRead()),
        ...insertClinic(clinic),
        insertClinician(admin),
      ],
    });
  });
}
