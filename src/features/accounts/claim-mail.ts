import type { Template } from "../../platform/mail/template.ts";
import { askingOf } from "../../platform/db/read.ts";
import type { Prepare } from "../../platform/outbox/prepared.ts";
import { accountOfClaim, findOpenClaim } from "./claims-store.ts";

/**
 * The mail, or its reminder, that offers a custodial account to its owner: none once the offer was replaced or taken, here
 * or at the account service.
 */
export const prepareClaimMail =
  (template: Template): Prepare =>
  async ({ db, users, now }, it) => {
    const { Key: key = "" } = JSON.parse(it.variables) as { Key?: string };
    const { claim, account } = await askingOf(db).read({
      claim: findOpenClaim(key, now),
      account: users.find(accountOfClaim(key)),
    });
    if (!claim || !account?.isCustodial) return { skipped: "claim_over" };
    return { template, to: claim.email, variables: { ClinicName: claim.clinicName, Key: key } };
  };
