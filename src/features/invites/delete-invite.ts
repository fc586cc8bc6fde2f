import { refuseUnlessMigrated } from "../clinicians/model/guards.ts";
import { removeInvited } from "../clinicians/model/store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { touchIfInvited } from "./model/guards.ts";
import { DONE } from "./model/schema.ts";
import { endInvitation } from "./model/store.ts";

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
