import type {
  ClinicForMerge,
  ClinicianForMerge,
  PatientForMerge,
} from "../src/features/merges/plan/clinic-for-merge.ts";

/** Clinics as a merge reads them, with nothing in them but what a test is about. */

let lastKey = 0;

export const aPatient = (userId: string, fields: Partial<PatientForMerge> = {}): PatientForMerge => ({
  key: ++lastKey,
  userId,
  fullName: null,
  birthDate: null,
  mrn: null,
  tagIds: [],
  siteIds: [],
  permissions: 0,
  lastUploadAt: null,
  ...fields,
});

/** A member; a pending invitation when the user is null. */
export const aClinician = (userId: string | null, fields: Partial<ClinicianForMerge> = {}): ClinicianForMerge => ({
  id: `record-${userId ?? fields.email}`,
  userId,
  inviteId: userId === null ? `invite-${fields.email}` : null,
  email: userId === null ? null : `${userId}@people.test`,
  name: null,
  roles: ["CLINIC_MEMBER"],
  isServiceAccount: false,
  ...fields,
});

export const aClinic = (name: string, fields: Partial<ClinicForMerge> = {}): ClinicForMerge => ({
  id: name.toLowerCase().padEnd(24, "0").slice(0, 24),
  name,
  version: 1,
  mrnRequired: false,
  mrnUnique: false,
  preferredBgUnits: "mg/dL",
  timezone: "",
  membershipRestrictions: [],
  tags: [],
  sites: [],
  clinicians: [],
  patients: [],
  ...fields,
});

/** Labels whose ids follow from the clinic and the name. */
export const labels = (clinic: string, ...names: readonly string[]) =>
  names.map((name) => ({ id: `${clinic}:${name}`, name }));
