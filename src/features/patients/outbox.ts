import type { OutboxSlice } from "../../platform/outbox/registry.ts";
import { prepareConnectionMail } from "./connections/connection-mail.ts";
import { CONNECTION_REQUEST, CONNECTION_REQUEST_REMINDER, PATIENT_UPLOAD_REMINDER } from "./connections/mails.ts";
import { prepareUploadReminder } from "./connections/upload-reminder-mail.ts";

export const outbox: OutboxSlice = {
  preparedMails: [
    [PATIENT_UPLOAD_REMINDER, prepareUploadReminder],
    [CONNECTION_REQUEST, prepareConnectionMail],
    [CONNECTION_REQUEST_REMINDER, prepareConnectionMail],
  ],
};
