import type { Role } from "../access/grants.ts";
import { guardMembership, rolesIn } from "../access/membership-guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { notAuthorized } from "../../platform/core/errors.ts";
import { noMatchingInvite } from "../invites/model/guards.ts";
import { isOver, refuseUnlessIn } from "./model/guards.ts";
import { type PatientInvitation, toPatientInvitation } from "./model/schema.ts";
import { creatorOf, findInvitation, setStatus } from "./model/store.ts";

const ANY_ROLE: readonly Role[] = ["CLINIC_ADMIN", "CLINIC_MEMBER", "PRESCRIBER"];
const ENDABLE = ["pending", "declined"];

/**
 * Ends an invitation: its creator cancels it, a clinician of the clinic or a service declines it. Who may depends on the
 * invitation, so it is decided here; nobody else learns whether there is one.
 */
export async function endInvitation(ctx: Ctx, clinicId: string, key: string): Promise<PatientInvitation> {
  const { caller } = ctx;
  const { invitation, creators, roles } = await ctx.read({
    invitation: findInvitation(clinicId, key),
    creators: ctx.users.findAll(creatorOf(clinicId, key)),
    roles: rolesIn(clinicId, caller.id),
  });
  const isCreator = caller.kind === "person" && invitation?.creatorId === caller.id;
  const isClinician = caller.kind === "person" && !isCreator;
  if (isClinician && roles.length === 0) {
    ctx.auditRefusal(clinicId, []);
    throw notAuthorized();
  }
  if (!invitation) throw noMatchingInvite();
  if (!ENDABLE.includes(invitation.status)) throw isOver();
  const status = isCreator ? "canceled" : "declined";
  return ctx.commit({
    clinicId,
    patientId: invitation.creatorId,
    answer: toPatientInvitation({ ...invitation, status, modifiedAt: ctx.now }, creators[0]),
    steps: [
      ...(isClinician ? [guardMembership(clinicId, caller.id, ANY_ROLE, notAuthorized)] : []),
      ...refuseUnlessIn(clinicId, key, ENDABLE),
      setStatus(clinicId, key, status, ctx.now),
    ],
  });
}
