import type { OutboxSlice } from "../../platform/outbox/registry.ts";
import { prepareMergeMail } from "./merge-mail.ts";
import {
  PATIENT_NOTIFICATION,
  patientNotification,
  SOURCE_CLINICIAN_NOTIFICATION,
  sourceClinicianNotification,
  TARGET_ADMIN_NOTIFICATION,
  targetAdminNotification,
} from "./model/mails.ts";

export const outbox: OutboxSlice = {
  preparedMails: [
    [PATIENT_NOTIFICATION, prepareMergeMail(patientNotification)],
    [SOURCE_CLINICIAN_NOTIFICATION, prepareMergeMail(sourceClinicianNotification)],
    [TARGET_ADMIN_NOTIFICATION, prepareMergeMail(targetAdminNotification)],
  ],
};
