import type { GoalName } from "./goals.ts";
import { MARK } from "./protocol.ts";

/** A clinic of the benchmark's data and what requests about it name. */
export interface BenchClinic {
  readonly patients: number;
  readonly clinicId: string;
  readonly adminId: string;
  readonly tagId: string;
  readonly siteId: string;
  readonly patientId: string;
  readonly fullName: string;
  readonly mrn: string;
  readonly email: string;
  /** The patient's record, as it is updated. */
  readonly record: object;
  /** The patient's summary, as the service shows it. */
  readonly summary: object;
}

export interface Scenario {
  readonly name: string;
  /** One that is not published is left out. */
  readonly operation: string;
  /** The goal of what a request may cost, in times of its baseline's. */
  readonly goal: GoalName;
  /** Measured in the clinic of this many patients alone, where the size does not matter; otherwise in all. */
  readonly onlyAt?: number;
  readonly caller: "admin" | "service";
  readonly method: "GET" | "POST" | "PUT";
  /** The media type that is asked for, where not JSON. */
  readonly accept?: string;
  /** Headers besides. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly path: (clinic: BenchClinic) => string;
  /** Holds MARK where like requests have to differ. */
  readonly body?: (clinic: BenchClinic) => object;
  /** Undoes what the requests of one measurement have left, given the clinic's id. */
  readonly cleanup?: string;
  /** The limit of requests in one measurement. */
  readonly requestsMax?: number;
}

const list = (clinic: BenchClinic, query: string) => `/v1/clinics/${clinic.clinicId}/patients?limit=50&${query}`;
const listing = (name: string, query: (clinic: BenchClinic) => string): Scenario => ({
  name,
  operation: "ListPatients",
  goal: "listCpu",
  caller: "admin",
  method: "GET",
  path: (clinic) => list(clinic, query(clinic)),
});

/** What is measured, each a request against a clinic. */
export const SCENARIOS: readonly Scenario[] = [
  listing("ListPatients, first page", () => ""),
  listing("ListPatients, search", () => "search=an"),
  listing(
    "ListPatients, filtered and sorted",
    ({ tagId }) =>
      `tags=${tagId}&cgm.timeCGMUsePercent=%3E%3D0.7&cgm.timeInTargetPercent=%3C0.7&sort=-timeInTargetPercent&sortType=cgm`,
  ),
  listing(
    "ListPatients, deep page",
    ({ patients }) => `sort=-lastData&sortType=cgm&offset=${Math.floor(patients * 0.9)}`,
  ),
  {
    name: "GetPatient",
    operation: "GetPatient",
    goal: "patientCpu",
    caller: "admin",
    method: "GET",
    path: ({ clinicId, patientId }) => `/v1/clinics/${clinicId}/patients/${patientId}`,
  },
  {
    name: "GetClinic",
    operation: "GetClinic",
    goal: "clinicCpu",
    onlyAt: 1000,
    caller: "admin",
    method: "GET",
    path: ({ clinicId }) => `/v1/clinics/${clinicId}`,
  },
  {
    name: "CreateSite",
    operation: "CreateSite",
    goal: "siteCpu",
    onlyAt: 1000,
    caller: "admin",
    method: "POST",
    path: ({ clinicId }) => `/v1/clinics/${clinicId}/sites`,
    body: () => ({ name: `Site ${MARK}` }),
    cleanup: "DELETE FROM clinic_sites WHERE clinic_id = ? AND name LIKE 'Site 7%'",
    // A clinic has at most 50 sites.
    requestsMax: 30,
  },
  {
    name: "UpdatePatientSummary",
    operation: "UpdatePatientSummary",
    goal: "summaryCpu",
    caller: "service",
    method: "POST",
    path: ({ patientId }) => `/v1/patients/${patientId}/summary`,
    body: ({ summary }) => summary,
  },
  {
    name: "TideReport",
    operation: "TideReport",
    goal: "tideCpu",
    caller: "admin",
    method: "GET",
    path: ({ clinicId, tagId }) =>
      `/v1/clinics/${clinicId}/tide_report?period=14d&tags=${tagId}&lastDataCutoff=2020-01-01T00:00:00Z`,
  },
];
