import type { Ctx } from "../../platform/context/context.ts";
import { answerOf, auditingRefusal, type DataOwners, type Origin, writeOf } from "./calls.ts";
import { knownSet } from "./get-sets.ts";

/**
 * Destroys the data of a set and keeps its record as that of a deleted one; what its data had replaced is given back. Who may
 * only upload deletes only sets they have opened.
 */
export async function deleteSet(ctx: Ctx, owners: DataOwners, setId: string, origin: Origin): Promise<void> {
  const { ownerId } = await knownSet(ctx, setId);
  const mayDeleteAny =
    ctx.caller.kind === "service" || ctx.roles.some((role) => role === "root" || role === "custodian");
  const asked = owners(ownerId).deleteSet(setId, !mayDeleteAny, writeOf(ctx, ownerId, origin));
  await auditingRefusal(ctx, ownerId, answerOf(asked, setId));
}

/** Destroys all device data of a person. */
export async function deleteUserData(ctx: Ctx, owners: DataOwners, userId: string, origin: Origin): Promise<void> {
  await answerOf(owners(userId).destroy(writeOf(ctx, userId, origin)));
}
