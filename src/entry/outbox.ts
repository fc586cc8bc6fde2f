import { outbox as accounts } from "../features/accounts/outbox.ts";
import { outbox as clinicians } from "../features/clinicians/outbox.ts";
import { outbox as clinics } from "../features/clinics/outbox.ts";
import { outbox as deviceData } from "../features/device-data/outbox.ts";
import { outbox as ehr } from "../features/ehr/outbox.ts";
import { outbox as eventWebhooks } from "../features/event-webhooks/outbox.ts";
import { outbox as invites } from "../features/invites/outbox.ts";
import { outbox as legacyMigrations } from "../features/legacy-migrations/outbox.ts";
import { outbox as merges } from "../features/merges/outbox.ts";
import { outbox as patientInvites } from "../features/patient-invites/outbox.ts";
import { outbox as patients } from "../features/patients/outbox.ts";
import { registryOf } from "../platform/outbox/registry.ts";

/** The handlers of the outbox entries of all slices. */
export const registry = registryOf([
  clinics,
  clinicians,
  invites,
  patientInvites,
  patients,
  accounts,
  legacyMigrations,
  merges,
  ehr,
  deviceData,
  eventWebhooks,
]);
