import { PROFILES } from "./model/observations.ts";
import { SEARCHES } from "./model/parameters.ts";
import { addressOf } from "./model/record.ts";
import { BASE_PATH, type Resource } from "./model/resource.ts";

const DEFINITION = "OperationDefinition/cgm-summary";
const DATE = "2026-11-29";
export const DEFINED_AT = Date.parse(DATE);

/** The types that can be read; those of `SEARCHES` can be searched as well. */
export const READ_TYPES = ["Patient", "Observation", "DocumentReference", "Binary", "OperationDefinition"] as const;

/** What this server does, from the table by which searches are read. */
export function capabilityStatement(origin: string): Resource {
  const base = origin + BASE_PATH;
  const searches: Readonly<Record<string, Readonly<Record<string, string>>>> = SEARCHES;
  return {
    resourceType: "CapabilityStatement",
    status: "active",
    date: DATE,
    kind: "instance",
    software: { name: "Clinics Edge" },
    implementation: { description: "Clinics Edge", url: base },
    fhirVersion: "4.0.1",
    format: ["json"],
    implementationGuide: ["http://hl7.org/fhir/uv/cgm/ImplementationGuide/hl7.fhir.uv.cgm|1.0.0"],
    rest: [
      {
        mode: "server",
        documentation:
          "Read-only. Statistics of fingersticks are not in this view: nothing published has codes for them.",
        security: { cors: true, description: "A session token as a bearer token." },
        resource: READ_TYPES.map((type) => ({
          type,
          supportedProfile: type === "Observation" ? PROFILES : undefined,
          interaction: ["read", ...(searches[type] ? ["search-type"] : [])].map((code) => ({ code })),
          versioning: "no-version",
          conditionalRead: "not-match",
          searchInclude: type === "Observation" ? ["Observation:has-member"] : undefined,
          searchParam: searches[type] && Object.entries(searches[type]).map(([name, kind]) => ({ name, type: kind })),
          operation: type === "Patient" ? [{ name: "cgm-summary", definition: `${base}/${DEFINITION}` }] : undefined,
        })),
      },
    ],
  };
}

/** What `$cgm-summary` is: ours, as the guide has no such operation. */
export const operationDefinition = (origin: string): Resource => ({
  resourceType: "OperationDefinition",
  id: "cgm-summary",
  url: addressOf(origin, DEFINITION),
  name: "CgmSummary",
  status: "active",
  kind: "operation",
  date: DATE,
  affectsState: false,
  code: "cgm-summary",
  resource: ["Patient"],
  system: false,
  type: false,
  instance: true,
  parameter: [
    ["period", "in", 0, "code", "1d, 7d, 14d or 30d; 14d by default"],
    ["form", "in", 0, "code", "collection, the default, or submission: what the guide has sent to an EHR"],
    ["subject", "in", 0, "string", "with submission: the patient in the EHR, as Patient/id"],
    ["return", "out", 1, "Bundle", "the patient and the summary"],
  ].map(([name, use, min, type, documentation]) => ({ name, use, min, max: "1", documentation, type })),
});
