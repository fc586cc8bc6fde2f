import { askingOf } from "../../platform/db/read.ts";
import type { Prepare } from "../../platform/outbox/prepared.ts";
import { patientClinicInvitation } from "./model/mails.ts";
import { askedByMail, findAdminAsked } from "./model/store.ts";

/**
 * The mail of an offer to an admin, at the address they have then: none once the offer is over, and none to who is no longer an
 * admin of the clinic that it is to. It names a patient.
 */
export const prepareOfferMail: Prepare = async ({ db }, { uniqueKey, variables }) => {
  const { key, userId } = askedByMail(uniqueKey);
  const { asked } = await askingOf(db).read({ asked: findAdminAsked(key, userId) });
  if (!asked) return { skipped: "offer_over" };
  if (asked.email === null) return { skipped: "record_without_address" };
  const given = JSON.parse(variables) as Record<string, string>;
  return {
    template: patientClinicInvitation,
    to: asked.email,
    variables: { ...given, ClinicName: asked.clinicName },
  };
};
