import type { OutboxSlice } from "../../platform/outbox/registry.ts";
import { PATIENT_CLINIC_INVITATION } from "./model/mails.ts";
import { prepareOfferMail } from "./prepare-mail.ts";

export const outbox: OutboxSlice = { preparedMails: [[PATIENT_CLINIC_INVITATION, prepareOfferMail]] };
