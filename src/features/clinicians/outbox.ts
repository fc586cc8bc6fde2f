import type { OutboxSlice } from "../../platform/outbox/registry.ts";
import { CLINICIAN_PERMISSIONS_UPDATED, clinicianPermissionsUpdated } from "./model/mails.ts";

export const outbox: OutboxSlice = { mails: [[CLINICIAN_PERMISSIONS_UPDATED, clinicianPermissionsUpdated]] };
