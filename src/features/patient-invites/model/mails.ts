import { signIn, type Template } from "../../../platform/mail/template.ts";
import { outboxKind } from "../../../platform/outbox/kinds.ts";
import { clinicName } from "../../clinics/model/mails.ts";

export const PATIENT_CLINIC_INVITATION = outboxKind("patient_clinic_invitation");

export const patientClinicInvitation: Template = (given) => ({
  subject: `New ${given.productName} share invitation received`,
  heading: "Somebody wants to share data with your clinic",
  paragraphs: [
    `${given.name("CareteamName", "A patient")} would like to share diabetes data with ${clinicName(given)}.`,
    "Sign in to accept or decline.",
  ],
  action: signIn(given),
});
