import { comparisonKey } from "../../../platform/text/comparison-key.ts";
import { UNKNOWN_DATE } from "../../../platform/text/unknown-date.ts";
import type { PatientRow } from "../../tables/patients.ts";

/** A patient's row before the database has given it its key. */
export type NewPatient = Omit<PatientRow, "key">;

/** Stands between the parts of the search text, the address first: a control character, which no key has. */
export const FIELD_SEPARATOR = "\u001f";

/** The columns that follow from others: how a patient is found and sorted. */
export type DerivedColumns = Pick<PatientRow, "nameKey" | "mrnKey" | "searchRest">;

/** The key that MRNs of one clinic are compared by. An MRN of nothing that can be seen has none, and matches none. */
export const mrnKeyOf = (mrn: string | null): string | null => (mrn && comparisonKey(mrn)) || null;

/** A birth date as it is stored: one that is not known is none, by which nobody is found. */
export const storedBirthDate = (birthDate: string | null): string | null =>
  birthDate === UNKNOWN_DATE ? null : birthDate;

export const derivedColumns = (
  patient: Pick<PatientRow, "fullName" | "email" | "mrn" | "birthDate">,
): DerivedColumns => ({
  nameKey: patient.fullName === null ? null : comparisonKey(patient.fullName),
  mrnKey: mrnKeyOf(patient.mrn),
  searchRest: [patient.email, patient.mrn, patient.birthDate]
    .map((part) => comparisonKey(part ?? ""))
    .join(FIELD_SEPARATOR),
});

export interface DataSource {
  readonly providerName: string;
  readonly state: string;
  readonly dataSourceId?: string;
  readonly modifiedTime?: string;
  readonly expirationTime?: string;
  readonly latestDataTime?: string;
}

/** Whose accounts a clinic can ask its patients to connect. */
export const PROVIDERS = ["dexcom", "twiist", "abbott"] as const;
export type Provider = (typeof PROVIDERS)[number];

export interface ConnectionRequest {
  readonly providerName: Provider;
  readonly createdTime: string;
}
/** Those of each provider, newest first. */
export type ConnectionRequests = Partial<Record<Provider, readonly ConnectionRequest[]>>;

/** Patients of a paying partner's device don't count toward a clinic's plan, nor does the demo patient. */
export const EXEMPT_PROVIDER = "twiist";

export const countsToPlan = (isDemo: boolean, dataSources: readonly DataSource[] | null): number =>
  isDemo || dataSources?.some((source) => source.providerName === EXEMPT_PROVIDER) ? 0 : 1;

const NO_SUMMARIES = {
  cgmSummaryId: null,
  cgmSchemaVersion: null,
  cgmLowThreshold: null,
  cgmVeryLowThreshold: null,
  cgmHighThreshold: null,
  cgmVeryHighThreshold: null,
  cgmDateFlags: null,
  cgmFirstDataAt: null,
  cgmLastDataAt: null,
  cgmLastUploadAt: null,
  cgmLastUpdatedAt: null,
  cgmOutdatedSinceAt: null,
  cgmOutdatedSinceLimitAt: null,
  cgmLastUpdatedReason: null,
  cgmOutdatedReason: null,
  bgmSummaryId: null,
  bgmSchemaVersion: null,
  bgmLowThreshold: null,
  bgmVeryLowThreshold: null,
  bgmHighThreshold: null,
  bgmVeryHighThreshold: null,
  bgmDateFlags: null,
  bgmFirstDataAt: null,
  bgmLastDataAt: null,
  bgmLastUploadAt: null,
  bgmLastUpdatedAt: null,
  bgmOutdatedSinceAt: null,
  bgmOutdatedSinceLimitAt: null,
  bgmLastUpdatedReason: null,
  bgmOutdatedReason: null,
  cgmHasOtherPeriods: 0,
  bgmHasOtherPeriods: 0,
};

/** A new record with everything absent but what is given. */
export function newPatient(
  given: Pick<NewPatient, "clinicId" | "userId" | "fullName" | "birthDate" | "createdAt"> & Partial<NewPatient>,
): NewPatient {
  const base: NewPatient = {
    nameKey: null,
    email: null,
    mrn: null,
    mrnKey: null,
    mrnUnique: 0,
    searchRest: "",
    targetDevices: null,
    tags: "[]",
    sites: "[]",
    dataSources: null,
    permissions: null,
    reviews: "[]",
    lastReviewedAt: null,
    connectionRequests: null,
    ehrSubscriptions: null,
    lastUploadReminderAt: null,
    glycemicRanges: null,
    diagnosisType: null,
    isMigrated: 0,
    legacyClinicianIds: null,
    invitedBy: null,
    isDemo: 0,
    countsToPlan: 1,
    ...NO_SUMMARIES,
    version: 1,
    updatedAt: given.createdAt,
    ...given,
    birthDate: storedBirthDate(given.birthDate),
  };
  return { ...base, ...derivedColumns(base) };
}

/** A record keeps the newest review and the one before it. */
export const REVIEWS_KEPT = 2;

/** That a clinician has looked at a patient. */
export interface Review {
  readonly clinicianId: string;
  readonly time: string;
}

/** The newest reviews of several lists; of equal times those of the list that comes first. */
export const newestReviews = (...lists: readonly (readonly Review[])[]): Review[] =>
  lists
    .flat()
    // Times are stored in one form, in which their texts have their order.
    .toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0))
    .slice(0, REVIEWS_KEPT);

/** The grants of a patient to a clinic, as bits of one number. */
export const PERMISSION_BITS = { custodian: 1, view: 2, upload: 4, note: 8 } as const;
export type Permission = keyof typeof PERMISSION_BITS;
export const PERMISSIONS = Object.keys(PERMISSION_BITS) as [Permission, ...Permission[]];

/** Whether the clinic keeps the patient's account. */
export const isInCustody = ({ permissions }: Pick<PatientRow, "permissions">): boolean =>
  ((permissions ?? 0) & PERMISSION_BITS.custodian) !== 0;

/** Whether the patient lets the clinic see the data of their devices. */
export const maySeeData = ({ permissions }: Pick<PatientRow, "permissions">): boolean =>
  ((permissions ?? 0) & PERMISSION_BITS.view) !== 0;

export const permissionBits = (permissions: Iterable<Permission>): number => {
  let bits = 0;
  for (const permission of permissions) bits |= PERMISSION_BITS[permission];
  return bits;
};
