import { hex } from "../../../platform/core/ids.ts";
import { toDateTime } from "../../../platform/core/wire.ts";
import { utf8 } from "../../../platform/core/utf8.ts";

/** A FHIR resource as JSON has it. Keys with undefined are left out: FHIR allows neither null nor an empty list. */
export type Resource = { readonly resourceType: string; readonly id?: string | undefined } & Record<string, unknown>;

/** A resource before it has a version. */
export interface Draft {
  readonly resource: Resource;
  /** The profile it claims. */
  readonly profile?: string | undefined;
  /** In epoch milliseconds. */
  readonly updatedAt: number;
}

/** A resource with its version. */
export interface Versioned {
  readonly resource: Resource;
  readonly versionId: string;
  readonly updatedAt: number;
}

export const BASE_PATH = "/fhir/R4";
export const LOINC = "http://loinc.org";
export const CGM = "http://hl7.org/fhir/uv/cgm/StructureDefinition/";
/** The panel and the PDF report have the same code. */
export const SUMMARY_CODE = "107931-8";

export const coding = (system: string, code: string) => ({ coding: [{ system, code }] });
/** A reference to what is no resource here. */
export const logical = (system: string, value: string, display?: string) => ({
  identifier: { system, value },
  display: display?.trim() || undefined,
});

/** A clinic's name and record, as a patient's resources refer to it. */
export const clinicOf = (origin: string, { clinicId, clinicName }: { clinicId: string; clinicName: string }) =>
  logical(`${origin}/clinics`, clinicId, clinicName);

const VERSION_BYTES = 8;

/** Gives a resource its version: a digest of all but `meta`. */
export async function versioned({ resource, profile, updatedAt }: Draft): Promise<Versioned> {
  const digest = await crypto.subtle.digest("SHA-256", utf8(JSON.stringify(resource)));
  const versionId = hex(new Uint8Array(digest, 0, VERSION_BYTES));
  const { resourceType, id, ...rest } = resource;
  const meta = { versionId, lastUpdated: toDateTime(updatedAt), profile: profile && [profile] };
  return { resource: { resourceType, id, meta, ...rest }, versionId, updatedAt };
}
