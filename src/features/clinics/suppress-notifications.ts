import type { Ctx } from "../../platform/context/context.ts";
import { storedJson } from "../../platform/core/wire.ts";
import { refuseIfUnchanged } from "../../platform/db/guard.ts";
import { clinicNotFound } from "./model/guards.ts";
import type { Clinic } from "./model/schema.ts";
import { setSuppressedNotifications } from "./model/settings-store.ts";

type Suppressed = NonNullable<Clinic["suppressedNotifications"]>;

/** Replaces the list of mails a clinic does not want; an empty one means that it wants all of them. */
export async function suppressNotifications(ctx: Ctx, clinicId: string, suppressed: Suppressed): Promise<void> {
  const stored = suppressed.patientClinicInvitation === undefined ? null : storedJson(suppressed);
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: [setSuppressedNotifications(clinicId, stored, ctx.now), refuseIfUnchanged(clinicNotFound)],
  });
}
