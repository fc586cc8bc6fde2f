/** Alternatives by which an order is matched to patients; all values of one have to be equal. */
export const CRITERIA = ["MRN", "MRN_DOB", "DOB_FULLNAME"] as const;
export type Criterion = (typeof CRITERIA)[number];

/** What an order says of its patient. */
export interface PatientValues {
  readonly mrn: string;
  readonly birthDate: string;
  readonly fullName: string;
}
