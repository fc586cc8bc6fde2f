import type { Template } from "../../platform/mail/template.ts";
import { askingOf } from "../../platform/db/read.ts";
import type { Prepare } from "../../platform/outbox/prepared.ts";
import { findOpenClaim } from "./claims-store.ts";

/** The mail, or its reminder, that offers a custodial account to its owner: none once the offer was replaced or taken. */
export const prepareClaimMail =
  (template: Template): Prepare =>
  async ({ db, now }, it) => {
    const { Key: key = "" } = JSON.parse(it.variables) as { Key?: string };
    const { claim } = await askingOf(db).read({ claim: findOpenClaim(key, now) });
    if (!claim) return { skipped: "claim_over" };
    return { template, to: claim.email, variables: { ClinicName: claim.clinicName, Key: key } };
  };
