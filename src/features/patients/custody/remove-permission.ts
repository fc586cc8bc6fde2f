import { endClaim } from "../../accounts/claims-store.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { notFound } from "../../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../../platform/core/stale.ts";
import { refuseUnlessFound } from "../../../platform/db/guard.ts";
import { type Permission, PERMISSION_BITS } from "../model/record.ts";
import { findPermissions, patientGranting, removePatient, setPermissions } from "../model/store.ts";

/**
 * Takes one grant back. With the last one the patient leaves the clinic, by their own doing whoever asked. Of many who
 * remove the same grant one succeeds; of those who remove different ones all do, and one of them ends the link. The end
 * of custody is how an account is taken over: it is offered to nobody after that.
 */
export function removePermission(ctx: Ctx, clinicId: string, userId: string, permission: Permission): Promise<void> {
  return untilFresh(async () => {
    const { granted } = await ctx.read({ granted: findPermissions(clinicId, userId) });
    const bit = PERMISSION_BITS[permission];
    if ((granted & bit) === 0) throw notFound("permission");
    const left = granted & ~bit;
    await ctx.commit({
      clinicId,
      patientId: userId,
      answer: undefined,
      steps: [
        refuseUnlessFound(patientGranting(clinicId, userId, granted), () => new StaleRead()),
        ...(left === 0
          ? removePatient(clinicId, userId, userId, ctx.now)
          : [setPermissions(clinicId, userId, left, ctx.now)]),
        ...(permission === "custodian" ? [endClaim(userId)] : []),
      ],
    });
  });
}
