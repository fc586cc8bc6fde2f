import type { OutboxSlice } from "../../platform/outbox/registry.ts";
import { PATIENT_CLINIC_INVITATION, patientClinicInvitation } from "./model/mails.ts";

export const outbox: OutboxSlice = { mails: [[PATIENT_CLINIC_INVITATION, patientClinicInvitation]] };
