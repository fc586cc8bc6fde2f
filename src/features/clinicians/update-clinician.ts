import { CLINICIAN_PERMISSIONS_UPDATED } from "./model/mails.ts";
import { touchClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { refuseUnlessFound } from "../../platform/db/guard.ts";
import { insertOutboxEntry } from "../../platform/outbox/store.ts";
import { memberToChange, refuseIfOnlyAdmin } from "./model/guards.ts";
import { areSameRoles, NAMELESS_ADMIN } from "./model/rules.ts";
import { type Clinician, type ClinicianUpdate, rolesOf, toClinician } from "./model/schema.ts";
import { findMember, insertRoleChange, memberAsRead, updateMember } from "./model/store.ts";

/**
 * Writes a member's name and roles; an absent name is cleared and the address stays. Roles that differ enter the history
 * with what they were, also when several change them at once, and the member gets a mail. The clinic's only admin can't
 * give up being one.
 */
export function updateClinician(
  ctx: Ctx,
  clinicId: string,
  userId: string,
  input: ClinicianUpdate,
): Promise<Clinician> {
  return untilFresh(async () => {
    const { read, updater } = await ctx.read({
      read: memberToChange(clinicId, userId),
      updater: findMember(clinicId, ctx.caller.id),
    });
    const member = read.clinician;
    const roles = JSON.stringify(input.roles);
    const hasOtherRoles = !areSameRoles(rolesOf(member), input.roles);
    const changed = { ...member, name: input.name ?? null, roles, updatedAt: ctx.now };
    return ctx.commit({
      clinicId,
      answer: toClinician(changed),
      steps: [
        refuseUnlessFound(memberAsRead(member), () => new StaleRead()),
        ...(input.roles.includes("CLINIC_ADMIN") ? [] : [refuseIfOnlyAdmin(clinicId, userId)]),
        updateMember(changed),
        ...(hasOtherRoles ? [insertRoleChange(member, roles, ctx.caller.id, ctx.now)] : []),
        touchClinic(clinicId, ctx.now),
      ],
      outbox: hasOtherRoles
        ? [
            insertOutboxEntry(ctx, {
              kind: CLINICIAN_PERMISSIONS_UPDATED,
              uniqueKey: `clinician_permissions_updated:${clinicId}:${userId}:${ctx.outboxBatch}`,
              clinicId,
              recipient: { userId },
              variables: { ClinicName: read.clinic.name, ClinicianName: updater?.name ?? NAMELESS_ADMIN },
            }),
          ]
        : [],
    });
  });
}
