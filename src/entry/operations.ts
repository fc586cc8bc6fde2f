import { ACCESS, INVITATION_OPERATIONS } from "../features/access/access-table.ts";
import { operations as auditTrail } from "../features/audit-trail/routes/index.ts";
import { operations as background } from "../features/background/routes/index.ts";
import { operations as clinicians } from "../features/clinicians/routes/index.ts";
import { operations as clinics } from "../features/clinics/routes/index.ts";
import { operations as deviceData } from "../features/device-data/routes/index.ts";
import { operations as ehr } from "../features/ehr/routes/index.ts";
import { operations as fhir } from "../features/fhir/routes/index.ts";
import { operations as eventWebhooks } from "../features/event-webhooks/routes/index.ts";
import { operations as invites } from "../features/invites/routes/index.ts";
import { operations as legacyMigrations } from "../features/legacy-migrations/routes/index.ts";
import { operations as merges } from "../features/merges/routes/index.ts";
import { operations as patientInvites } from "../features/patient-invites/routes/index.ts";
import { operations as patientMerges } from "../features/patient-merges/routes/index.ts";
import { leadingOn } from "../features/patients/leads-on.ts";
import { operations as patients } from "../features/patients/routes/index.ts";
import { operations as reports } from "../features/reports/routes/index.ts";
import { operations as sites } from "../features/sites/routes/index.ts";
import { operations as tags } from "../features/tags/routes/index.ts";
import { operations as tide } from "../features/tide/routes/index.ts";
import { operations as users } from "../features/users/routes/index.ts";
import { type Operation, published } from "../platform/request/operation.ts";

/** All published operations, from which routing, OpenAPI description and access tests are derived. */
export const operations: readonly Operation[] = published(
  [
    ...clinics,
    ...clinicians,
    ...invites,
    // Before patients: /patients/duplicates is no patient's id.
    ...patientMerges,
    ...patients,
    ...tags,
    ...sites,
    ...tide,
    ...legacyMigrations,
    ...patientInvites,
    ...merges,
    ...users,
    ...ehr,
    ...reports,
    ...deviceData,
    ...fhir,
    ...eventWebhooks,
    ...auditTrail,
    ...background,
  ].map(leadingOn),
  ACCESS,
  INVITATION_OPERATIONS,
);
