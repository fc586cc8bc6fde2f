import { type Given, signIn, type Template } from "../../../platform/mail/template.ts";
import { outboxKind } from "../../../platform/outbox/kinds.ts";

/** The clinic a mail names. */
export const clinicName = ({ name }: Given) => name("ClinicName", "your clinic");

export const CLINIC_CREATED = outboxKind("clinic_created");

export const clinicCreated: Template = (given) => ({
  subject: `New ${given.productName} Clinic account created`,
  heading: "Your clinic is ready",
  paragraphs: [
    `The clinic ${clinicName(given)} now has an account with ${given.productName}, and you are its administrator.`,
    "Sign in to add patients and to invite the rest of your team.",
  ],
  action: signIn(given),
});
