import { refuseUnlessMigrated } from "../clinicians/guards.ts";
import { removeInvited } from "../clinicians/store.ts";
import type { Ctx } from "../core/context.ts";
import { touchIfInvited } from "./guards.ts";
import { DONE } from "./schema.ts";
import { endInvitation } from "./store.ts";

/** Takes an invitation back. One that is not pending is left as it is: the clinic has what it asks for. */
export const deleteInvite = (ctx: Ctx, clinicId: string, inviteId: string): Promise<typeof DONE> =>
  ctx.commit({
    clinicId,
    answer: DONE,
    steps: [
      ...refuseUnlessMigrated(clinicId),
      touchIfInvited(clinicId, inviteId, ctx.now),
      removeInvited(clinicId, inviteId),
      endInvitation(clinicId, inviteId, "canceled", ctx.now),
    ],
  });
