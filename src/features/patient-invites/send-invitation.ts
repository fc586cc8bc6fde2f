import { clinicNotFound, refuseUnlessClinic } from "../clinics/model/guards.ts";
import { shareCodeIsTaken } from "../clinics/model/store.ts";
import { normalShareCode } from "../clinics/model/share-code.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { notFound } from "../../platform/core/errors.ts";
import { newSecretKey } from "../../platform/core/ids.ts";
import { countGuess } from "../../platform/limits/guesses-store.ts";
import { type Permission, permissionBits } from "../patients/model/record.ts";
import { refuseIfKnown, refuseTooManyOffers } from "./model/guards.ts";
import { careteamName, expiryOf } from "./model/rules.ts";
import { type InvitationInput, type PatientInvitation, toPatientInvitation } from "./model/schema.ts";
import {
  cancelInvitationsOf,
  findInvitedClinic,
  insertInvitation,
  type InvitationRow,
  sendToAdmins,
} from "./model/store.ts";

/**
 * Offers a person's data to the clinic a share code leads to, and tells its admins by mail. While one offer is open
 * there can be no second, also when several are made at once; one that has expired is canceled by the next. A wrong code is
 * counted.
 */
export async function sendInvitation(ctx: Ctx, userId: string, input: InvitationInput): Promise<PatientInvitation> {
  const code = normalShareCode(input.shareCode);
  const { clinic, user } = await ctx.read({
    guess: countGuess(ctx, shareCodeIsTaken(code)),
    clinic: findInvitedClinic(code),
    user: ctx.users.find(userId),
  });
  if (!clinic) throw clinicNotFound();
  // Who signs in for the first time may not be in the directory yet, but is known by their token.
  if (!user && ctx.caller.kind === "service") throw notFound();
  const invitation: InvitationRow = {
    key: newSecretKey(),
    clinicId: clinic.id,
    creatorId: userId,
    permissions: permissionBits(Object.keys(input.permissions) as Permission[]),
    status: "pending",
    createdAt: ctx.now,
    modifiedAt: ctx.now,
    expiresAt: expiryOf(ctx.now),
  };
  const name = careteamName(user, ctx.caller.kind === "person" ? ctx.caller.name : undefined);
  return ctx.commit({
    clinicId: clinic.id,
    patientId: userId,
    answer: toPatientInvitation(invitation, user),
    steps: [
      refuseUnlessClinic(clinic.id),
      ...refuseIfKnown(clinic.id, userId, ctx.now),
      refuseTooManyOffers(userId, ctx.now),
      cancelInvitationsOf(clinic.id, userId, ctx.now),
      insertInvitation(invitation),
    ],
    outbox: [sendToAdmins(ctx, invitation, name)],
  });
}
