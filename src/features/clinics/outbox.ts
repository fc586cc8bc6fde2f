import type { OutboxSlice } from "../../platform/outbox/registry.ts";
import { CLINIC_CREATED, clinicCreated } from "./model/mails.ts";

export const outbox: OutboxSlice = { mails: [[CLINIC_CREATED, clinicCreated]] };
