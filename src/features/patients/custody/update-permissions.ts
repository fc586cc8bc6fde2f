import type { z } from "@hono/zod-openapi";
import { endClaim } from "../../accounts/claims-store.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { refuseUnlessFound } from "../../../platform/db/guard.ts";
import { patientNotFound } from "../model/get-patient.ts";
import { type Permission, PERMISSION_BITS, permissionBits } from "../model/record.ts";
import { type Permissions, toPermissions } from "../model/schema.ts";
import { patientWith, removePatient, setPermissions } from "../model/store.ts";

/**
 * Replaces what a patient grants the clinic; custody can't be given back and is gone with the rest. Who grants nothing
 * leaves the clinic: undefined then, and the record is archived as it was.
 */
export function updatePermissions(
  ctx: Ctx,
  clinicId: string,
  userId: string,
  asked: z.output<typeof Permissions>,
): Promise<z.output<typeof Permissions> | undefined> {
  const granted = permissionBits(Object.keys(asked) as Permission[]) & ~PERMISSION_BITS.custodian;
  return ctx.commit({
    clinicId,
    patientId: userId,
    answer: granted === 0 ? undefined : toPermissions(granted),
    steps: [
      refuseUnlessFound(patientWith(clinicId, userId), patientNotFound),
      ...(granted === 0
        ? removePatient(clinicId, userId, userId, ctx.now)
        : [setPermissions(clinicId, userId, granted, ctx.now)]),
      endClaim(userId),
    ],
  });
}
