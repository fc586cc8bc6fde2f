import { signIn, type Template } from "../../../platform/mail/template.ts";
import { outboxKind } from "../../../platform/outbox/kinds.ts";
import { clinicName } from "../../clinics/model/mails.ts";

export const MIGRATE_PATIENT = outboxKind("migrate_patient");
export const CLINIC_MIGRATION_COMPLETE = outboxKind("clinic_migration_complete");

export const migratePatient: Template = (given) => ({
  subject: `Important: Updates to ${clinicName(given)} access and data sharing`,
  heading: "Your data is now shared with the clinic",
  paragraphs: [
    `${given.name("LegacyClinicianName", "Your care team")} now works with ${given.productName} as ${clinicName(given)}. What you shared before is shared with the clinic, in the same way; there is nothing you need to do.`,
    "You can see whom you share data with, and change it, at any time.",
  ],
  action: { label: `Open ${given.productName}`, url: given.webAppUrl },
});

export const clinicMigrationComplete: Template = (given) => ({
  subject: `New ${given.productName} Clinic account created`,
  heading: "Your patients have moved to your clinic",
  paragraphs: [
    `The clinic ${clinicName(given)} is set up, and the patients who shared data with you are in it.`,
    "Sign in to see them and to invite the rest of your team.",
  ],
  action: signIn(given),
});
