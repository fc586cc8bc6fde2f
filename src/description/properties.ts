import { CLINICS } from "./properties/clinics.ts";
import { DEVICE_DATA } from "./properties/device-data.ts";
import { EHR } from "./properties/ehr.ts";
import { MERGES } from "./properties/merges.ts";
import { PATIENTS } from "./properties/patients.ts";
import { PEOPLE } from "./properties/people.ts";
import { SUMMARIES } from "./properties/summaries.ts";
import type { Texts } from "./text.ts";

/** Properties by `<component>#<path>`, or `*#<path>` for all components that have it and no key of their own. */
export const PROPERTIES: Texts = {
  ...CLINICS,
  ...PEOPLE,
  ...PATIENTS,
  ...SUMMARIES,
  ...EHR,
  ...MERGES,
  ...DEVICE_DATA,
};
