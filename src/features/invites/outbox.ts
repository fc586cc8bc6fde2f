import type { OutboxSlice } from "../../platform/outbox/registry.ts";
import { CLINICIAN_INVITATION } from "./model/mails.ts";
import { prepareInvitationMail } from "./prepare-mail.ts";

export const outbox: OutboxSlice = { preparedMails: [[CLINICIAN_INVITATION, prepareInvitationMail]] };
