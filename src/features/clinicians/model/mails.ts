import { signIn, type Template } from "../../../platform/mail/template.ts";
import { outboxKind } from "../../../platform/outbox/kinds.ts";
import { clinicName } from "../../clinics/model/mails.ts";

export const CLINICIAN_PERMISSIONS_UPDATED = outboxKind("clinician_permissions_updated");

export const clinicianPermissionsUpdated: Template = (given) => ({
  subject: `Your ${given.productName} Clinician permissions have been updated`,
  heading: "Your permissions have changed",
  paragraphs: [
    `${given.name("ClinicianName", "Clinic administrator")} has changed what you may do in ${clinicName(given)}.`,
    "Sign in to see your clinic as it is now.",
  ],
  action: signIn(given),
});
