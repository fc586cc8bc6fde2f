import { patientUploadReminder } from "./mails.ts";
import { askingOf } from "../../../platform/db/read.ts";
import type { Prepare } from "../../../platform/outbox/prepared.ts";
import { findAsked } from "./connections-store.ts";

/** The mail that reminds a patient to upload, to the address the clinic has then; none once there is a newer reminder. */
export const prepareUploadReminder: Prepare = async ({ db }, { clinicId, recipientUserId, variables }) => {
  const { asked } = await askingOf(db).read({ asked: findAsked(clinicId ?? "", recipientUserId ?? "") });
  const { RemindedAt: remindedAt } = JSON.parse(variables) as { RemindedAt: string };
  if (!asked) return { skipped: "patient_gone" };
  if (String(asked.lastUploadReminderAt) !== remindedAt) return { skipped: "reminder_over" };
  if (asked.email === null) return { skipped: "record_without_address" };
  return { template: patientUploadReminder, to: asked.email, variables: { ClinicName: asked.clinicName } };
};
