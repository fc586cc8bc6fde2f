import type { Role } from "../../access/grants.ts";
import type { Restriction } from "../../invites/model/rules.ts";

/** A tag or a site. */
export interface Label {
  readonly id: string;
  readonly name: string;
}

/** A member of a clinic, or a pending invitation: that has no user. */
export interface ClinicianForMerge {
  readonly id: string;
  readonly userId: string | null;
  readonly inviteId: string | null;
  readonly email: string | null;
  readonly name: string | null;
  readonly roles: readonly Role[];
  readonly isServiceAccount: boolean;
}

/** As much of a patient as a merge decides by and its report shows; a plan holds a hundred thousand of them. */
export interface PatientForMerge {
  readonly key: number;
  readonly userId: string;
  readonly fullName: string | null;
  readonly birthDate: string | null;
  readonly mrn: string | null;
  readonly tagIds: readonly string[];
  readonly siteIds: readonly string[];
  /** Bits of PERMISSION_BITS. */
  readonly permissions: number;
  /** The later of both summaries' last uploads. */
  readonly lastUploadAt: number | null;
}

/** One of the two clinics of a merge, as it is stored. */
export interface ClinicForMerge {
  readonly id: string;
  readonly name: string;
  /** Changes with the clinic's record, its tags, sites, settings and members; not with its patients. */
  readonly version: number;
  readonly mrnRequired: boolean;
  readonly mrnUnique: boolean;
  /** As stored: empty where nothing is, whatever the clinic shows then. */
  readonly preferredBgUnits: string;
  readonly timezone: string;
  readonly membershipRestrictions: readonly Restriction[];
  /** In the order in which they were made. */
  readonly tags: readonly Label[];
  readonly sites: readonly Label[];
  /** Newest first, pending invitations and service accounts among them. */
  readonly clinicians: readonly ClinicianForMerge[];
  /** In the order in which they were made, the demo patient left out. */
  readonly patients: readonly PatientForMerge[];
}

/** The order of names and ids wherever a merge shows several: by code unit, the same on every machine. */
export const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Both workspaces' names as a report lists them. */
export const bothNames = (source: ClinicForMerge, target: ClinicForMerge): readonly string[] =>
  [source.name, target.name].toSorted(inOrder);
