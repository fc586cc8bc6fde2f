import { type Given, signIn, type Template } from "../../../platform/mail/template.ts";
import { outboxKind } from "../../../platform/outbox/kinds.ts";

export const PATIENT_NOTIFICATION = outboxKind("clinic_merged_patient_notification");
export const SOURCE_CLINICIAN_NOTIFICATION = outboxKind("clinic_merged_source_clinician_notification");
export const TARGET_ADMIN_NOTIFICATION = outboxKind("clinic_merged_target_admin_notification");

const sourceName = ({ name }: Given) => name("SourceClinicName", "a clinic");
const targetName = ({ name }: Given) => name("TargetClinicName", "another clinic");

export const patientNotification: Template = (given) => ({
  subject: "Update to a clinic you share data with",
  heading: "Your clinic is now part of another one",
  paragraphs: [
    `${sourceName(given)} has become part of ${targetName(given)}. What you shared with the one is now shared with the other, in the same way; there is nothing you need to do.`,
    "You can see whom you share data with, and change it, at any time.",
  ],
  action: { label: `Open ${given.productName}`, url: given.webAppUrl },
});

export const sourceClinicianNotification: Template = (given) => ({
  subject: `Your clinic ${sourceName(given)} merged with ${targetName(given)}`,
  heading: "Your clinic has merged with another one",
  paragraphs: [
    `${sourceName(given)} has become part of ${targetName(given)}, with its patients, tags and sites.`,
    "You find them in your workspace the next time you sign in.",
  ],
  action: signIn(given),
});

export const targetAdminNotification: Template = (given) => ({
  subject: `${sourceName(given)} merged with your clinic ${targetName(given)}`,
  heading: "Another clinic has joined yours",
  paragraphs: [
    `${sourceName(given)} has become part of ${targetName(given)}: its members and patients are now yours, and so are its tags and sites.`,
    "Sign in to see them.",
  ],
  action: signIn(given),
});
