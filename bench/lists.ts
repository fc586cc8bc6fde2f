import { MARK } from "./protocol.ts";
import type { BenchClinic, Scenario } from "./scenarios.ts";

const list = (name: string, query: (clinic: BenchClinic) => string): Scenario => ({
  name: `list, ${name}`,
  operation: "ListPatients",
  goal: "listCpu",
  onlyAt: 50_000,
  caller: "admin",
  method: "GET",
  path: (clinic) => `/v1/clinics/${clinic.clinicId}/patients?limit=50&${query(clinic)}`,
});
const over = (statistic: string, from: string) => `${statistic}=${encodeURIComponent(`>=${from}`)}`;
const under = (statistic: string, below: string) => `${statistic}=${encodeURIComponent(`<${below}`)}`;

/** The lists that a clinician makes of a large clinic: its orders, filters, searches, and a page far down. */
export const LISTS: readonly Scenario[] = [
  list("by last data", () => "sort=-lastData&sortType=cgm"),
  list("by last upload, ascending", () => "sort=%2BlastUploadDate&sortType=bgm"),
  list("by birth date", () => "sort=%2BbirthDate&sortType=cgm"),
  list("by time in target", () => "sort=-timeInTargetPercent&sortType=cgm"),
  list("by average glucose of 30 days", () => "sort=%2BaverageGlucoseMmol&sortType=bgm&period=30d"),
  list("of one statistic", () => under("cgm.timeInTargetPercent", "0.5")),
  list("of two statistics", () =>
    [over("cgm.timeCGMUsePercent", "0.7"), under("cgm.timeInTargetPercent", "0.7")].join("&"),
  ),
  list("of five statistics", () =>
    [
      over("cgm.timeCGMUsePercent", "0.5"),
      under("cgm.timeInTargetPercent", "0.8"),
      over("cgm.timeInLowPercent", "0.01"),
      over("cgm.averageGlucoseMmol", "6"),
      over("bgm.totalRecords", "3"),
    ].join("&"),
  ),
  list(
    "of one statistic, by another",
    () => `${over("cgm.timeInVeryLowPercent", "0.01")}&sort=-timeInVeryLowPercent&sortType=cgm&period=7d`,
  ),
  list("of a tag", ({ tagId }) => `tags=${tagId}`),
  list("of a site", ({ siteId }) => `sites=${siteId}`),
  list("search of 1 character", () => "search=a"),
  list("search of 3 characters", () => "search=mar"),
  list("search of 12 characters", () => "search=patients.exa"),
  list("search without match", () => "search=zzqqxx"),
  list("deep page", ({ patients }) => `sort=-lastData&sortType=cgm&offset=${Math.floor(patients * 0.9)}`),
];

/** Searches that few match. */
export const SELECTIVE: readonly Scenario[] = [
  list("search of an MRN", ({ mrn }) => `search=${encodeURIComponent(mrn)}`),
  list("search of an address", ({ email }) => `search=${encodeURIComponent(email)}`),
  list("search of a rare name", ({ fullName }) => `search=${encodeURIComponent(fullName)}`),
];

/** The whole list as a file. */
export const TABLE: Scenario = {
  ...list("as CSV", () => ""),
  accept: "text/csv",
  path: ({ clinicId }) => `/v1/clinics/${clinicId}/patients`,
};

/** What a clinic writes all day. */
export const WRITES: readonly Scenario[] = [
  {
    name: "UpdatePatient",
    operation: "UpdatePatient",
    goal: "patientCpu",
    onlyAt: 50_000,
    caller: "admin",
    method: "PUT",
    path: ({ clinicId, patientId }) => `/v1/clinics/${clinicId}/patients/${patientId}`,
    body: ({ record }) => record,
  },
  {
    name: "CreatePatientAccount",
    operation: "CreatePatientAccount",
    goal: "patientCpu",
    onlyAt: 1000,
    caller: "admin",
    method: "POST",
    path: ({ clinicId }) => `/v1/clinics/${clinicId}/patients`,
    body: () => ({ fullName: `Made ${MARK}`, birthDate: "1980-01-31" }),
  },
];
