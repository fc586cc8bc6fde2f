import { PATIENT_UPLOAD_REMINDER } from "./mails.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { StaleRead, untilFresh } from "../../../platform/core/stale.ts";
import { refuseIfUnchanged } from "../../../platform/db/guard.ts";
import type { WrittenJson } from "../../../platform/formats/json-bytes.ts";
import { insertOutboxEntry } from "../../../platform/outbox/store.ts";
import { setUploadReminder, lastReminderOf } from "./connections-store.ts";
import { patientNotFound } from "../model/get-patient.ts";
import { refuseServices } from "../model/people-only.ts";
import { writtenPatient } from "../model/patient-json.ts";
import { findPatient } from "../model/read.ts";

/** Records that a patient is reminded to upload and mails it, in one batch; returns the patient (`Patient`). */
export function remindToUpload(ctx: Ctx, clinicId: string, userId: string): Promise<WrittenJson> {
  ctx.answerStandsWhile(() => lastReminderOf(clinicId, userId));
  return untilFresh(async () => {
    const { found } = await ctx.read({ found: findPatient(clinicId, userId) });
    refuseServices(ctx);
    if (!found) throw patientNotFound();
    const { row, siteNames } = found;
    return ctx.commit({
      clinicId,
      patientId: userId,
      answer: writtenPatient({ ...row, lastUploadReminderAt: ctx.now, updatedAt: ctx.now }, siteNames),
      steps: [setUploadReminder(clinicId, userId, row.version, ctx.now), refuseIfUnchanged(() => new StaleRead())],
      outbox: [
        insertOutboxEntry(ctx, {
          kind: PATIENT_UPLOAD_REMINDER,
          uniqueKey: `patient_upload_reminder:${ctx.newId()}`,
          clinicId,
          recipient: { userId },
          variables: { RemindedAt: String(ctx.now) },
        }),
      ],
    });
  });
}
