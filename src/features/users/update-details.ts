import { followCustodialRecord } from "../accounts/custody-store.ts";
import { auditAcrossClinics } from "../../platform/audit/audit-store.ts";
import {
  invitationsOfMember,
  membershipsWithOtherEmail,
  otherMembersWithEmail,
  removeInvitationsOfMember,
  setMemberEmails,
} from "../clinicians/model/of-user-store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { constraintViolation } from "../../platform/core/errors.ts";
import { refuseIfFound } from "../../platform/db/guard.ts";
import { cancelInvitations } from "../invites/model/of-user-store.ts";
import { giveAddress } from "../patients/connections/give-address.ts";
import { recordsOfPatient } from "../patients/model/read.ts";
import { addressKey } from "../../platform/text/comparison-key.ts";

const emailIsTaken = () => constraintViolation("duplicate email");

/**
 * Gives all memberships and patient records of a user the address their account has now, in one batch. A clinic that has
 * invited that address while the user is its member already keeps the member: the invitation is canceled. Where another
 * member has the address nothing changes anywhere.
 */
export async function updateUserDetails(ctx: Ctx, userId: string, email: string | undefined): Promise<void> {
  if (email === undefined) {
    await ctx.read({});
    return;
  }
  const address = addressKey(email);
  await ctx.commit({
    clinicId: null,
    answer: undefined,
    steps: [
      refuseIfFound(otherMembersWithEmail(userId, address), emailIsTaken),
      cancelInvitations(invitationsOfMember(userId, address), ctx.now),
      removeInvitationsOfMember(userId, address),
      auditAcrossClinics(ctx, membershipsWithOtherEmail(userId, address)),
      setMemberEmails(userId, address, ctx.now),
      ...giveAddress(ctx, userId, address),
    ],
    outbox: followCustodialRecord(ctx, recordsOfPatient(userId)),
    audit: [],
  });
}
