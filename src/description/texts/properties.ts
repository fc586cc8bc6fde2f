import { AUDIT } from "./audit.ts";
import { FHIR } from "./fhir.ts";
import { EVENT_TEXTS } from "./events.ts";
import { BACKGROUND } from "./background.ts";
import { CLINICS } from "./clinics.ts";
import { DEVICE_DATA, ENVELOPES } from "./device-data.ts";
import { DUPLICATES } from "./duplicates.ts";
import { EHR } from "./ehr.ts";
import { MERGES } from "./merges.ts";
import { PATIENT_MERGES } from "./patient-merges.ts";
import { PATIENTS } from "./patients.ts";
import { PEOPLE } from "./people.ts";
import { SUMMARIES } from "./summaries.ts";
import type { Texts } from "./text.ts";

/** Properties by `<component>#<path>`, or `*#<path>` for all components that have it and no key of their own. */
export const PROPERTIES: Texts = {
  ...CLINICS,
  ...PEOPLE,
  ...PATIENTS,
  ...SUMMARIES,
  ...EHR,
  ...MERGES,
  ...PATIENT_MERGES,
  ...DUPLICATES,
  ...DEVICE_DATA,
  ...ENVELOPES,
  ...BACKGROUND,
  ...FHIR,
  ...AUDIT,
  ...EVENT_TEXTS,
};
