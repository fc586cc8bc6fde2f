import type { PatientRow } from "../../tables/patients.ts";

/** Fields that a merge of two records fills or takes from the one that goes, in the order in which plans list them. */
export const TAKEABLE = [
  "fullName",
  "birthDate",
  "email",
  "mrn",
  "targetDevices",
  "glycemicRanges",
  "diagnosisType",
] as const satisfies readonly (keyof PatientRow)[];
export type Takeable = (typeof TAKEABLE)[number];

/** The columns of a record that a merge of two may write, and an undo may put back. */
export const WRITTEN = [
  ...TAKEABLE,
  "mrnUnique",
  "tags",
  "sites",
  "reviews",
  "lastReviewedAt",
  "ehrSubscriptions",
  "isMigrated",
  "legacyClinicianIds",
  "invitedBy",
] as const satisfies readonly (keyof PatientRow)[];
export type Written = Pick<PatientRow, (typeof WRITTEN)[number]>;
