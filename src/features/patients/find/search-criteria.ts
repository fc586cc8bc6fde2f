/** What a clinician knows of a patient they look for; all of it must hold. */
export interface Wanted {
  readonly mrn: string | undefined;
  readonly birthDate: string | undefined;
  /** Where to look; in all clinics of the clinician when absent. */
  readonly workspace: Workspace | undefined;
}

/** A clinic, or those that an EHR knows under one id. */
export interface Workspace {
  readonly idType: "clinicId" | "ehrSourceId";
  readonly id: string;
}
