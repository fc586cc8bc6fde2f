/** One figure that the service has to hold. */
export interface Goal {
  /** What is measured, as the table says it. */
  readonly what: string;
  readonly limit: number;
  readonly isAtLeast?: true;
  readonly unit?: string;
}

/**
 * Every figure to hold, in the order of the table. Where the limit depends on something (patients, the length of a page), what
 * is measured is the figure for each of those.
 */
export const GOALS = {
  // What a request costs in the database, in the largest clinic: figures that don't depend on the machine.
  readTrips: { what: "round trips of a read (GetClinic, GetPatient, GetClinician)", limit: 1 },
  writeTrips: { what: "round trips of a write (CreateSite, UpdatePatientSummary)", limit: 2 },
  listTrips: { what: "round trips of ListPatients, FindPatients, TideReport", limit: 2 },
  patientRows: { what: "rows read by GetPatient", limit: 20 },
  clinicianRows: { what: "rows read by GetClinician", limit: 20 },
  clinicRows: { what: "rows read by GetClinic", limit: 250 },
  pageRows: {
    what: "rows read by the first page of ListPatients, of 50 patients: at most 12 for each and 60",
    limit: 660,
  },
  listRows: {
    what: "rows read by any filter, order or deep page of ListPatients, for each patient of the clinic",
    limit: 2.2,
  },
  duplicateTrips: { what: "duplicates at 50,000 patients: round trips a page", limit: 2 },
  duplicateRows: { what: "duplicates at 50,000 patients: rows a patient", limit: 2.2 },
  // CPU against a bare Worker with the same statements, rows and bytes.
  clinicCpu: { what: "CPU of GetClinic against a bare Worker", limit: 1.25, unit: "×" },
  patientCpu: { what: "CPU of GetPatient against a bare Worker", limit: 1.25, unit: "×" },
  siteCpu: { what: "CPU of CreateSite against a bare Worker", limit: 1.25, unit: "×" },
  listCpu: { what: "CPU of ListPatients against a bare Worker, the worst of its requests", limit: 1.15, unit: "×" },
  summaryCpu: { what: "CPU of UpdatePatientSummary against a bare Worker", limit: 1.25, unit: "×" },
  tideCpu: { what: "CPU of TideReport against a bare Worker", limit: 1.25, unit: "×" },
  unchangedOne: { what: "CPU of a 304 against its 200: GetPatient, GetClinic, the worse", limit: 0.6, unit: "×" },
  unchangedPage: { what: "CPU of a 304 against its 200: ListPatients", limit: 0.6, unit: "×" },
  fhirCpu: { what: "CPU of a summary as FHIR against GetPatient", limit: 1.3, unit: "×" },
  sinceBefore: {
    what: "CPU of GetClinic, GetPatient and ListPatients against the commit before limits, tags and the trail, the worst",
    limit: 1.05,
    unit: "×",
  },
  // Lists of 50,000 patients, against the commit before they were chosen in memory
  listsWorst: {
    what: "16 lists of 50,000 patients against an earlier commit, CPU and time, the worst",
    limit: 0.5,
    unit: "×",
  },
  listsMean: { what: "the same in the mean", limit: 0.4, unit: "×" },
  listDefault: { what: "CPU of the first page in the default order against an earlier commit", limit: 0.9, unit: "×" },
  listTide: { what: "CPU of TideReport at 50,000 patients against an earlier commit", limit: 0.7, unit: "×" },
  listTable: { what: "CPU of a CSV of 50,000 patients against an earlier commit", limit: 0.8, unit: "×" },
  listSelective: {
    what: "searches of 50,000 patients that few match against an earlier commit, CPU and time, the worst",
    limit: 0.2,
    unit: "×",
  },
  smallCpu: {
    what: "CPU of GetPatient, UpdatePatient and CreatePatientAccount against an earlier commit, the worst",
    limit: 0.8,
    unit: "×",
  },
  summarySince: { what: "CPU of UpdatePatientSummary against an earlier commit", limit: 1, unit: "×" },
  rowsSince: {
    what: "rows written by UpdatePatient, CreatePatientAccount and UpdatePatientSummary against an earlier commit, the most",
    limit: 1.3,
    unit: "×",
  },
  seedRate: {
    what: "patients a second that the seed makes, against an earlier commit",
    limit: 2.5,
    isAtLeast: true,
    unit: "×",
  },
  textsCpu: { what: "CPU of requests with the largest texts against short ones, the worst", limit: 3, unit: "×" },
  storage: { what: "storage of a patient with full summaries", limit: 4096, unit: "bytes" },
  // The isolate has 128 MB for everything
  heap: {
    what: "heap of the isolate that serves a clinic of 50,000, also during a CSV, a merge report and 100 uploads",
    limit: 96,
    unit: "MB",
  },
  heapGrowth: { what: "the same after 50,000 requests against 5,000", limit: 1.2, unit: "×" },
  loadRate: {
    what: "requests a second of many at once, lists and writes and a merge, against an earlier commit",
    limit: 1.5,
    isAtLeast: true,
    unit: "×",
  },
  loadOpen: { what: "p95 of GetPatient meanwhile against an earlier commit", limit: 1, unit: "×" },
  // One database for many clinics
  millionRows: {
    what: "rows that GetPatient, GetClinic, ListPatients, FindPatients, ListClinicsForPatient read more among 1,000,000 patients",
    limit: 0,
  },
  millionCpu: { what: "their CPU among 1,000,000 patients against 50,000, the worst", limit: 1.1, unit: "×" },
  // Merges
  mergeAnswer: { what: "a merge of two clinics and its undo, the longer", limit: 10, unit: "s" },
  mergeBatch: { what: "longest batch of a merge or its undo", limit: 250, unit: "ms" },
  mergeReads: { what: "reads of another clinic during a merge: p95 against idle", limit: 3, unit: "×" },
  // What is deployed, and what its developers wait for
  bundle: { what: "bundle without fonts and documents, gzip", limit: 300, unit: "KB" },
  wholeBundle: { what: "whole bundle, gzip", limit: 1200, unit: "KB" },
  startUp: { what: "CPU of the Worker's start, by its profile", limit: 100, unit: "ms" },
  suite: { what: "the whole test suite", limit: 180, unit: "s" },
  // Reports and EHRs
  reportCpu: { what: "CPU of drawing a report against the same with pdf-lib", limit: 0.45, unit: "×" },
  reportBytes: { what: "size of a report of five pages", limit: 60, unit: "KB" },
  ehrJobs: { what: "jobs of EHRs delivered a second", limit: 25, isAtLeast: true },
  ehrTrips: { what: "round trips of a job", limit: 6 },
  ehrReads: { what: "GetClinic while jobs are delivered: p95 against idle", limit: 3, unit: "×" },
  ehrMaking: { what: "making the jobs of all patients of a clinic", limit: 10, unit: "s" },
  ehrBatch: { what: "longest batch of making jobs", limit: 250, unit: "ms" },
  viewerTime: { what: "first page of a report in the viewer against a bare page with pdf.js", limit: 1.3, unit: "×" },
  viewerBytes: { what: "bytes of the viewer against those of the bare page", limit: 1.2, unit: "×" },
  // Device data
  addData: { what: "CPU of AddData against bare inserts", limit: 1.6, unit: "×" },
  queryData: { what: "CPU of QueryData against a bare read, the worst", limit: 1.3, unit: "×" },
  history: {
    what: "a reading and its summary, with a year of data against a month, the worst of four costs",
    limit: 1.3,
    unit: "×",
  },
  readingBytes: { what: "storage of a reading", limit: 160, unit: "bytes" },
  uploadReads: { what: "GetClinic while people upload: p95 against idle", limit: 3, unit: "×" },
  // The audit trail
  auditFindRows: {
    what: "rows read to find who looked at a patient in 90 days, among 10,000,000 accesses",
    limit: 500,
  },
  auditPageRows: { what: "rows written for the entry of a page of 50 patients, with index and seal", limit: 5 },
  auditPageBytes: {
    what: "storage of the entry of a page of 50 patients, with index and seal",
    limit: 1500,
    unit: "bytes",
  },
} satisfies Record<string, Goal>;

export type GoalName = keyof typeof GOALS;
/** What was measured, by the names of the goals. */
export type Measured = Partial<Record<GoalName, number>>;

export const isHeld = ({ limit, isAtLeast }: Goal, value: number): boolean =>
  isAtLeast ? value >= limit : value <= limit;
