import type { Ctx } from "../../../platform/context/context.ts";
import { DetailedRefusal, type Refusal } from "../../../platform/core/errors.ts";
import { isMember } from "../../access/grants.ts";
import { rolesIn } from "../../access/membership-guards.ts";
import { findSuccessor } from "./successors-store.ts";

/** The user whose record stands in the place of one that is not there; nothing to a person who may not see the clinic's. */
export async function successorOf(ctx: Ctx, clinicId: string, userId: string): Promise<string | undefined> {
  const { caller } = ctx;
  const { successor, roles } = await ctx.read({
    successor: findSuccessor(clinicId, userId),
    ...(caller.kind === "person" && { roles: rolesIn(clinicId, caller.id) }),
  });
  return !roles || isMember(roles) ? successor?.id : undefined;
}

/**
 * A refusal because there is no such record, with the record that stands in its place if it was merged into one. Asked
 * only after a miss, and told to nobody who may not see the clinic's patients.
 */
export async function withSuccessor(ctx: Ctx, clinicId: string, userId: string, refusal: Refusal): Promise<Refusal> {
  const id = await successorOf(ctx, clinicId, userId);
  if (id === undefined) return refusal;
  return new DetailedRefusal(
    refusal,
    { replacedBy: id },
    {
      link: `</v1/clinics/${clinicId}/patients/${id}>; rel="successor-version"`,
      "cache-control": "no-store",
    },
  );
}
