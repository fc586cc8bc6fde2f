import type { Ctx } from "../../platform/context/context.ts";
import { additionOf } from "./create-clinician.ts";
import { requireMigrated } from "./model/guards.ts";
import { SERVICE_ACCOUNT_ROLES } from "./model/rules.ts";
import { type Clinician, type ServiceAccountInput, toClinician } from "./model/schema.ts";
import { tokenEndpoint, verifiedSubject } from "./token-endpoint.ts";

/**
 * Takes in a machine account as a plain member once its credentials have proved themselves; they are not kept. Nobody is
 * asked for a clinic that takes in nobody, and an account that is in the clinic already is refused as a duplicate.
 */
export async function addServiceAccount(ctx: Ctx, clinicId: string, input: ServiceAccountInput): Promise<Clinician> {
  await ctx.read({ migrated: requireMigrated(clinicId) });
  const userId = await verifiedSubject(ctx.settings.of(tokenEndpoint), {
    clientId: input.client_id,
    clientSecret: input.client_secret,
  });
  const account = {
    id: ctx.newId(),
    clinicId,
    userId,
    inviteId: null,
    email: null,
    name: input.name,
    roles: JSON.stringify(SERVICE_ACCOUNT_ROLES),
    isServiceAccount: 1,
    createdAt: ctx.now,
    updatedAt: ctx.now,
  };
  return ctx.commit({ clinicId, answer: toClinician(account), steps: additionOf(account) });
}
