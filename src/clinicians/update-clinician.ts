import { touchClinic } from "../clinics/guards.ts";
import type { Ctx } from "../core/context.ts";
import { StaleRead, untilFresh } from "../core/stale.ts";
import { refuseUnlessFound } from "../db/guard.ts";
import { memberToChange, refuseIfOnlyAdmin } from "./guards.ts";
import { areSameRoles } from "./rules.ts";
import { type Clinician, type ClinicianUpdate, rolesOf, toClinician } from "./schema.ts";
import { insertRoleChange, memberAsRead, updateMember } from "./store.ts";

/**
 * Writes a member's name and roles; an absent name is cleared and the address stays. Roles that differ enter the history
 * with what they were, also when several change them at once. The clinic's only admin can't give up being one.
 */
export function updateClinician(
  ctx: Ctx,
  clinicId: string,
  userId: string,
  input: ClinicianUpdate,
): Promise<Clinician> {
  return untilFresh(async () => {
    const { member } = await ctx.read({ member: memberToChange(clinicId, userId) });
    const roles = JSON.stringify(input.roles);
    const changed = { ...member, name: input.name ?? null, roles, updatedAt: ctx.now };
    return ctx.commit({
      clinicId,
      answer: toClinician(changed),
      steps: [
        refuseUnlessFound(memberAsRead(member), () => new StaleRead()),
        ...(input.roles.includes("CLINIC_ADMIN") ? [] : [refuseIfOnlyAdmin(clinicId, userId)]),
        updateMember(changed),
        ...(areSameRoles(rolesOf(member), input.roles)
          ? []
          : [insertRoleChange(member, roles, ctx.caller.id, ctx.now)]),
        touchClinic(clinicId, ctx.now),
      ],
    });
  });
}
