import type { OutboxSlice } from "../../platform/outbox/registry.ts";
import { CLINICIAN_INVITATION, clinicianInvitation } from "./model/mails.ts";

export const outbox: OutboxSlice = { mails: [[CLINICIAN_INVITATION, clinicianInvitation]] };
