import { type Template, webPath } from "../../../platform/mail/template.ts";
import { outboxKind } from "../../../platform/outbox/kinds.ts";
import { clinicName } from "../../clinics/model/mails.ts";

export const CLINICIAN_INVITATION = outboxKind("clinician_invitation");

export const clinicianInvitation: Template = (given) => ({
  subject: `Invitation to join ${clinicName(given)}`,
  heading: `You are invited to ${clinicName(given)}`,
  paragraphs: [
    `${given.name("CreatorName", "A clinic administrator")} invites you to work in ${clinicName(given)} with ${given.productName}.`,
    "Open the invitation to accept it. If you did not expect it, you can ignore this mail.",
  ],
  action: {
    label: "Open the invitation",
    url: `${given.webAppUrl}/${webPath(given.value("WebPath", "login"))}?inviteEmail=${encodeURIComponent(given.value("Email", ""))}`,
  },
});
