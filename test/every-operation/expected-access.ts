/**
 * Who may call what, copied by hand from the specification and sharing nothing with src/auth: the second opinion the
 * access tests compare behaviour with.
 *
 * service: a backend service · person: anyone signed in · member, admin: a clinician of the clinic in the path with
 * that standing (an admin is a member) · record: a clinician of it, whatever their roles · self: the person the path names · memberSelf: the same, being a member.
 *
 * Over device data: owner: whose the data set in the path is · viewer, uploader, custodian: who is granted that by the person
 * whose data they are, themselves or through a clinic · opener: an uploader, of a set they have opened.
 */
export type Right =
  | "service"
  | "person"
  | "member"
  | "admin"
  | "record"
  | "self"
  | "memberSelf"
  | "owner"
  | "viewer"
  | "uploader"
  | "custodian"
  | "opener";

export interface Row {
  readonly allowed: readonly Right[];
  /** The operations of the companion service say 401 to whom they know and do not let in, and give a `reason`. */
  readonly refusedAs401?: true;
  /** Who may depends on what the path leads to as well: decided after validation. */
  readonly isDecidedLate?: true;
  /** A body that is well-formed, for operations that need one: the refusal must not come from validation alone. */
  readonly body?: unknown;
  /** A query that is well-formed, for operations that need one. */
  readonly query?: string;
  /** Callers have no session token but a secret of their own: `allowed` is empty, and without the secret it is 401. */
  readonly hasOwnSecret?: true;
  /** People open it in a browser: its refusals are pages. */
  readonly isPage?: true;
  /** Its refusals have a form that clients of device data expect, and it says 401 where there is no token. */
  readonly form?: "inEnvelope" | "asItIs" | "withStatus" | "outcome";
  /** Anybody may, without a token. */
  readonly isOpen?: true;
  /** What its body may take; undefined: 1. */
  readonly bodyMebibytes?: number;
}

const clinic = { name: "Renamed", preferredBgUnits: "mg/dL" };
const patient = { fullName: "Pat Ient", birthDate: "1980-01-31" };
const clinician = { email: "somebody@access.test", roles: ["CLINIC_MEMBER"] };
const members = ["service", "member", "admin"] as const;
const admins = ["service", "admin"] as const;
const refusedAs401 = true;

const RANGES = ["VeryLow", "Low", "AnyLow", "Target", "High", "VeryHigh", "ExtremeHigh", "AnyHigh"];
const has = (names: readonly string[]) => Object.fromEntries(names.map((name) => [`has${name}`, false]));
const numbers = (names: readonly string[]) =>
  Object.fromEntries(names.flatMap((name) => [name, `${name}Delta`]).map((name) => [name, 1.5]));
const bgmPeriod = {
  ...has(RANGES.flatMap((range) => [`TimeIn${range}Percent`, `TimeIn${range}Records`])),
  ...has(["AverageGlucoseMmol", "AverageDailyRecords", "TotalRecords"]),
  ...numbers(["min", "max", "daysWithData", "totalRecords"]),
};
const dates = { hasFirstData: false, hasLastData: true, hasLastUploadDate: false, hasOutdatedSince: true };
const summary = {
  cgmStats: {
    id: "65f0c2a1b3d4e5f601234567",
    dates: { ...dates, lastData: "2026-03-01T09:30:00Z", outdatedReason: ["UPLOAD_COMPLETED"] },
  },
  bgmStats: { id: "65f0c2a1b3d4e5f601234568", dates, periods: { "1d": bgmPeriod, weekend: bgmPeriod } },
};

const prime = {
  type: "deviceEvent",
  subType: "prime",
  primeTarget: "cannula",
  volume: 0.5,
  time: "2026-03-01T09:30:00Z",
  deviceTime: "2026-03-01T01:30:00",
  timezoneOffset: -480,
  deviceId: "PumpCo-900-771203",
  tags: ["a"],
  origin: { id: "origin-1", type: "device", payload: { any: 1 } },
};
const cbg = { type: "cbg", units: "mg/dL", value: 119, time: "2026-03-01T09:30:00Z", sampleInterval: 300_000 };
const continuousSet = {
  dataSetType: "continuous",
  client: { name: "org.example.uploader", version: "1.0.0" },
  deduplicator: { name: "org.tidepool.deduplicator.none" },
  deviceManufacturers: ["PumpCo"],
  deviceModel: "900",
  deviceSerialNumber: "771203",
  deviceTags: ["insulin-pump"],
  deviceId: "PumpCo-900-771203",
  time: "2026-03-01T09:30:00Z",
  timezone: "US/Pacific",
  version: "1.0.0",
};
/** What clients of FHIR expect: an OperationOutcome. Searches name whom they are about in the query. */
const outcome = "outcome";
const readers = ["service", "member", "admin", "self"] as const;
const searched = { allowed: readers, form: outcome, isDecidedLate: true, query: "?patient={recordId}" } as const;
const searchedByName = { ...searched, query: "?_id={recordId}" } as const;
const viewers = ["service", "self", "viewer"] as const;
const related = ["viewer", "uploader", "custodian"] as const;

export const EXPECTED: Readonly<Record<string, Row>> = {
  // Clinics and settings
  ListClinics: { allowed: ["service"] },
  CreateClinic: { allowed: ["person"], body: clinic },
  GetClinicByShareCode: { allowed: ["service", "person"] },
  GetClinic: { allowed: ["service", "person"] },
  UpdateClinic: { allowed: admins, body: clinic },
  DeleteClinic: { allowed: admins },
  UpdateTier: { allowed: ["service"], body: { tier: "tier0300" } },
  UpdateSuppressedNotifications: { allowed: ["admin"], body: { suppressedNotifications: {} } },
  ListMembershipRestrictions: { allowed: admins },
  UpdateMembershipRestrictions: { allowed: ["service"], body: { restrictions: [] } },
  GetEHRSettings: { allowed: members },
  UpdateEHRSettings: {
    allowed: ["service"],
    body: {
      enabled: true,
      provider: "redox",
      sourceId: "source",
      mrnIdType: "MRN",
      procedureCodes: { enableSummaryReports: "1", disableSummaryReports: "2", createAccount: "3" },
      scheduledReports: { cadence: "14d", onUploadEnabled: false },
      tags: { codes: [] },
      flowsheets: { icode: false },
    },
  },
  ProcessEHRMessage: {
    allowed: [],
    hasOwnSecret: true,
    body: { Meta: { DataModel: "Order", EventType: "New" }, Patient: { Identifiers: [] }, Order: { ID: "1" } },
  },
  XealthPreorder: { allowed: [], hasOwnSecret: true, body: { eventType: "preorder", eventContext: "initial" } },
  XealthNotification: { allowed: [], hasOwnSecret: true, body: { eventType: "order", eventContext: "new" } },
  XealthGetPrograms: { allowed: [], hasOwnSecret: true, body: { deployment: "none" } },
  XealthGetProgramUrl: { allowed: [], hasOwnSecret: true, body: { deployment: "none" } },
  ViewPDFReport: {
    allowed: [],
    hasOwnSecret: true,
    isPage: true,
    query: "?clinicId=0123456789abcdef01234567&patientId=aaaaaaaaaa&restricted_token=none",
  },
  VerifyEndpoint: { allowed: [], hasOwnSecret: true, body: { "verification-token": "none", challenge: "c" } },
  MatchClinicAndPatient: {
    allowed: ["service"],
    body: { messageRef: { documentId: "65f0c2a1b3d4e5f601234567", dataModel: "Order", eventType: "New" } },
  },
  SyncEHRData: { allowed: ["service"] },
  SyncEHRDataForPatient: { allowed: ["service"] },
  ListPatientReports: { allowed: ["service", "member", "admin", "self"] },
  CreatePatientReport: { allowed: ["service", "member", "admin"], body: { reports: ["all"] } },
  GetPatientReport: { allowed: ["service", "member", "admin", "self"] },
  GetMRNSettings: { allowed: members },
  UpdateMRNSettings: { allowed: ["service"], body: { required: true, unique: true } },
  GetPatientCountSettings: { allowed: members },
  UpdatePatientCountSettings: { allowed: ["service"], body: {} },
  GetPatientCount: { allowed: members },
  RefreshPatientCount: { allowed: ["service"] },
  AddServiceAccount: { allowed: ["service"], body: { name: "Robot", client_id: "id", client_secret: "secret" } },

  // Clinicians. Deployed, ListAllClinicians refuses services too: a rule was forgotten.
  ListAllClinicians: { allowed: ["service"] },
  ListClinicsForClinician: { allowed: ["service", "self"] },
  ListClinicians: { allowed: members },
  CreateClinician: { allowed: ["service"], body: { ...clinician, inviteId: "key" } },
  GetClinician: { allowed: members },
  UpdateClinician: { allowed: admins, body: clinician },
  DeleteClinician: { allowed: [...admins, "memberSelf"] },

  // Invitations of clinicians: the clinic's side, the invited person's (never a service), other services'
  InviteClinician: { allowed: admins, refusedAs401, body: { email: "invited@access.test", roles: ["CLINIC_ADMIN"] } },
  GetClinicianInvite: { allowed: admins, refusedAs401 },
  ResendInvite: { allowed: admins, refusedAs401 },
  DeleteInvite: { allowed: admins, refusedAs401 },
  ListClinicianInvites: { allowed: ["self"], refusedAs401 },
  AcceptClinicianInvite: { allowed: ["self"], refusedAs401 },
  DismissClinicianInvite: { allowed: ["self"], refusedAs401 },
  GetInvitedClinician: { allowed: ["service"] },
  AssociateClinicianToUser: { allowed: ["service"], body: { userId: "0f1e2d3c4b" } },
  DeleteInvitedClinician: { allowed: ["service"] },

  // Invitations of patients. Who made one may also end it.
  GetPatientInvites: { allowed: ["service", "record"], refusedAs401 },
  AcceptPatientInvitation: { allowed: ["service", "record"], refusedAs401, body: { mrn: "A-1" } },
  DeletePatientInvitation: { allowed: ["service", "record"], refusedAs401, isDecidedLate: true },
  SendPatientInvitation: {
    allowed: ["service", "self"],
    refusedAs401,
    body: { shareCode: "ABCD-EFGH-JKLM", permissions: { view: {}, note: {} } },
  },

  // Users
  UpdateClinicUserDetails: { allowed: ["service"], body: { email: "changed@access.test" } },
  DeleteUserFromClinics: { allowed: ["service"] },
  ListClinicsForPatient: { allowed: ["service", "self"] },

  // Patients
  ListPatients: { allowed: members },
  CreatePatientAccount: { allowed: members, body: patient },
  GetPatient: { allowed: members },
  CreatePatientFromUser: { allowed: ["service"], body: { permissions: { view: {} } } },
  UpdatePatient: { allowed: members, body: patient },
  DeletePatient: { allowed: ["admin", "self"] },
  FindPatients: { allowed: ["person"] },
  UpdatePatientDataSources: { allowed: ["service"], body: [{ providerName: "dexcom", state: "connected" }] },
  UpdatePatientReviews: { allowed: ["member", "admin"] },
  DeletePatientReviews: { allowed: ["member", "admin"] },
  SendUploadReminder: { allowed: ["member", "admin"] },
  ConnectProvider: { allowed: members },
  UpdatePatientPermissions: { allowed: ["self"], body: { view: {}, upload: {} } },
  // A service may remove custodian, which the paths of these tests name, and nothing else.
  DeletePatientPermission: { allowed: ["service", "self"] },
  UpdatePatientSummary: { allowed: ["service"], body: summary },
  DeletePatientSummary: { allowed: ["service"] },
  TideReport: {
    allowed: members,
    query: "?period=14d&tags=0123456789abcdef01234567&lastDataCutoff=2026-03-01T00:00:00Z",
  },
  AssignPatientTagToClinicPatients: { allowed: admins },
  DeletePatientTagFromClinicPatients: { allowed: admins },

  // Tags and sites
  CreatePatientTag: { allowed: members, body: { name: "Tag" } },
  UpdatePatientTag: { allowed: members, body: { name: "Tag" } },
  DeletePatientTag: { allowed: admins },
  ConvertPatientTagToSite: { allowed: ["service"] },
  CreateSite: { allowed: admins, body: { name: "Site" } },
  UpdateSite: { allowed: admins, body: { id: "0123456789abcdef01234567", name: "Site" } },
  DeleteSite: { allowed: admins },
  MergeSite: { allowed: ["service"], body: { id: "0123456789abcdef01234568" } },

  // Merges: backend services only, also where a person is an admin of both clinics
  MergeClinic: { allowed: ["service"], body: { sourceId: "0123456789abcdef01234568" } },
  GetMerge: { allowed: ["service"] },
  UndoMerge: { allowed: ["service"] },

  // FHIR: what GetPatient shows a member, and what a person sees of their own records
  FhirMetadata: { allowed: ["service", "person"], form: outcome, isOpen: true },
  FhirCgmSummaryDefinition: { allowed: ["service", "person"], form: outcome, isOpen: true },
  FhirPatient: { allowed: readers, form: outcome },
  FhirObservation: { allowed: readers, form: outcome },
  FhirDocument: { allowed: readers, form: outcome },
  FhirBinary: { allowed: readers, form: outcome },
  FhirCgmSummary: { allowed: readers, form: outcome },
  FhirCgmSummaryByPost: { allowed: readers, form: outcome },
  FhirPatients: searchedByName,
  FhirPatientsByPost: searchedByName,
  FhirObservations: searched,
  FhirObservationsByPost: searched,
  FhirDocuments: searched,
  FhirDocumentsByPost: searched,
  // Events: subscribed to by services; who answers for a clinic sees who is told
  ListEventSubscriptions: { allowed: ["service", "admin"] },
  CreateEventSubscription: {
    allowed: ["service"],
    body: { url: "https://receiver.example/events", events: ["patient.created"] },
  },
  GetEventSubscription: { allowed: ["service", "admin"] },
  UpdateEventSubscription: {
    allowed: ["service"],
    body: { url: "https://receiver.example/events", events: ["patient.created"], active: true },
  },
  DeleteEventSubscription: { allowed: ["service"] },
  RotateEventSubscriptionSecret: { allowed: ["service"] },
  MergePatient: { allowed: ["admin"], body: { sourceId: "0123456789" } },
  UndoPatientMerge: { allowed: ["admin"] },
  GetPatientMerge: { allowed: ["service", "member"] },
  ListPatientMerges: { allowed: ["service", "member"] },
  ListDuplicatePatients: { allowed: ["service", "member"] },
  MarkPatientsDistinct: { allowed: ["member"] },
  UnmarkPatientsDistinct: { allowed: ["member"] },

  // The audit trail: for who answers for a clinic, and for operators
  ListClinicAudit: { allowed: ["service", "admin"] },
  ListPatientAudit: { allowed: ["service", "admin"] },
  ListAccesses: { allowed: ["service"] },
  ListAuditDays: { allowed: ["service"] },
  GetAuditDay: { allowed: ["service"] },

  // Mails and jobs that were given up: for operators, whom a service speaks for
  ListFailedEntries: { allowed: ["service"] },
  GetOutboxEntry: { allowed: ["service"] },
  RequeueEntry: { allowed: ["service"] },
  ListDeadLetters: { allowed: ["service"] },

  // Migrations
  EnableNewClinicExperience: { allowed: ["service"] },
  TriggerInitialMigration: { allowed: ["admin"] },
  ListMigrations: { allowed: members },
  MigrateLegacyClinicianPatients: { allowed: ["service"], body: { userId: "aaaaaaaaaa" } },
  GetMigration: { allowed: members },
  UpdateMigration: { allowed: ["service"], body: { status: "RUNNING" } },

  // Merges of clinics
  GenerateMergeReport: { allowed: ["service"], body: { sourceId: "0123456789abcdef01234569" } },

  // Device data. A clinician's rights over them do not depend on their role in the clinic.
  OpenDataSet: { allowed: ["service", "self", "uploader"], form: "inEnvelope", body: continuousSet },
  ListDataSets: { allowed: ["service", "self", ...related], form: "asItIs" },
  ListDataSetsInEnvelope: { allowed: ["service", "self", ...related], form: "inEnvelope" },
  GetDataSet: { allowed: ["service", "owner", ...related], form: "asItIs" },
  UpdateDataSet: {
    allowed: ["service", "owner", "uploader"],
    form: "inEnvelope",
    body: { deviceModel: "901", state: "open", time: "2026-03-01T09:30:00Z", timezoneOffset: -480 },
  },
  DeleteDataSet: { allowed: ["service", "owner", "custodian", "opener"], form: "inEnvelope" },
  AddData: { allowed: ["service", "owner", "uploader"], form: "inEnvelope", bodyMebibytes: 4, body: [prime, cbg] },
  RemoveData: {
    allowed: ["service", "owner", "uploader"],
    form: "inEnvelope",
    body: [{ id: "0123456789abcdef0123456789abcdef", time: "2026-03-01T09:30:00Z" }],
  },
  QueryData: { allowed: viewers, form: "withStatus" },
  DeleteUserData: { allowed: ["service"], form: "inEnvelope" },
  GetTime: { allowed: ["service", "person"], form: "inEnvelope", isOpen: true },
  GetSummary: { allowed: viewers, form: "asItIs" },
  RecomputeSummary: { allowed: viewers, form: "asItIs" },
  ListOutdatedSummaries: { allowed: ["service"], form: "asItIs" },
  ListMigratableSummaries: { allowed: ["service"], form: "asItIs" },
};
