import { person, type Rule, self, service, serviceFor } from "../../platform/auth/access.ts";
import { anyRelation, remover, uploader, viewer } from "./data-grants.ts";
import { admin, anyRecord, member, memberSelf } from "./grants.ts";

/** Who may call what: the one place every operation reads its rule from. An operation without a row can't be published. */
export const ACCESS = {
  ListClinics: [service],
  CreateClinic: [person],
  GetClinicByShareCode: [service, person],
  GetClinic: [service, person],
  UpdateClinic: [service, admin],
  DeleteClinic: [service, admin],
  UpdateTier: [service],
  // Services are refused here as deployed, see docs/differences.md (suppressed-notifications-by-services).
  UpdateSuppressedNotifications: [admin],
  ListMembershipRestrictions: [service, admin],
  UpdateMembershipRestrictions: [service],
  GetEHRSettings: [service, member],
  UpdateEHRSettings: [service],
  GetMRNSettings: [service, member],
  UpdateMRNSettings: [service],
  GetPatientCountSettings: [service, member],
  UpdatePatientCountSettings: [service],
  GetPatientCount: [service, member],
  RefreshPatientCount: [service],
  AddServiceAccount: [service],

  CreatePatientTag: [service, member],
  UpdatePatientTag: [service, member],
  DeletePatientTag: [service, admin],
  ConvertPatientTagToSite: [service],
  AssignPatientTagToClinicPatients: [service, admin],
  DeletePatientTagFromClinicPatients: [service, admin],

  CreateSite: [service, admin],
  UpdateSite: [service, admin],
  DeleteSite: [service, admin],
  MergeSite: [service],

  ListAllClinicians: [service],
  ListClinicsForClinician: [service, self("userId")],
  ListClinicians: [service, member],
  CreateClinician: [service],
  GetClinician: [service, member],
  UpdateClinician: [service, admin],
  DeleteClinician: [service, admin, memberSelf("clinicianId")],

  InviteClinician: [service, admin],
  GetClinicianInvite: [service, admin],
  ResendInvite: [service, admin],
  DeleteInvite: [service, admin],
  ListClinicianInvites: [self("userId")],
  AcceptClinicianInvite: [self("userId")],
  DismissClinicianInvite: [self("userId")],
  GetInvitedClinician: [service],
  AssociateClinicianToUser: [service],
  DeleteInvitedClinician: [service],
  GetPatientInvites: [service, anyRecord],
  AcceptPatientInvitation: [service, anyRecord],
  DeletePatientInvitation: [service, person],
  SendPatientInvitation: [service, self("userId")],

  EnableNewClinicExperience: [service],
  TriggerInitialMigration: [admin],
  ListMigrations: [service, member],
  MigrateLegacyClinicianPatients: [service],
  GetMigration: [service, member],
  UpdateMigration: [service],

  UpdateClinicUserDetails: [service],
  DeleteUserFromClinics: [service],
  ListClinicsForPatient: [service, self("userId")],

  FindPatients: [person],
  UpdatePatientDataSources: [service],

  ListPatients: [service, member],
  CreatePatientAccount: [service, member],
  GetPatient: [service, member],
  CreatePatientFromUser: [service],
  UpdatePatient: [service, member],
  DeletePatient: [admin, self("patientId")],
  UpdatePatientReviews: [member],
  DeletePatientReviews: [member],
  SendUploadReminder: [member],
  ConnectProvider: [service, member],
  UpdatePatientPermissions: [self("patientId")],
  DeletePatientPermission: [serviceFor("permission", "custodian"), self("patientId")],
  UpdatePatientSummary: [service],
  DeletePatientSummary: [service],
  TideReport: [service, member],

  // Redox proves itself with the verification token, and is a service of these operations alone.
  ProcessEHRMessage: [service],
  VerifyEndpoint: [service],
  MatchClinicAndPatient: [service],
  // Xealth proves itself with its bearer token, and is a service of these operations alone.
  XealthPreorder: [service],
  XealthNotification: [service],
  XealthGetPrograms: [service],
  XealthGetProgramUrl: [service],
  // Who has a link is a service of this operation alone.
  ViewPDFReport: [service],
  SyncEHRData: [service],
  SyncEHRDataForPatient: [service],

  ListPatientReports: [service, member, self("patientId")],
  CreatePatientReport: [service, member],
  GetPatientReport: [service, member, self("patientId")],

  OpenDataSet: [service, self("userId"), uploader],
  ListDataSets: [service, self("userId"), anyRelation],
  ListDataSetsInEnvelope: [service, self("userId"), anyRelation],
  GetDataSet: [service, anyRelation],
  UpdateDataSet: [service, uploader],
  // Of those who may upload only the one who has opened it: the object decides.
  DeleteDataSet: [service, remover],
  AddData: [service, uploader],
  RemoveData: [service, uploader],
  QueryData: [service, self("userId"), viewer],
  DeleteUserData: [service],
  // Anyone is a service of this operation alone.
  GetTime: [service],

  GetSummary: [service, self("userId"), viewer],
  RecomputeSummary: [service, self("userId"), viewer],
  ListOutdatedSummaries: [service],
  ListMigratableSummaries: [service],

  GenerateMergeReport: [service],
  MergeClinic: [service],
  GetMerge: [service],
  UndoMerge: [service],

  ListClinicAudit: [service, admin],
  ListPatientAudit: [service, admin],
  ListAccesses: [service],
  ListAuditDays: [service],
  GetAuditDay: [service],

  ListFailedEntries: [service],
  GetOutboxEntry: [service],
  RequeueEntry: [service],
  ListDeadLetters: [service],
} as const satisfies Record<string, Rule>;

/** The invitation operations: deployed clients expect 401 for "not allowed", and a `reason` in every error. */
export const INVITATION_OPERATIONS: ReadonlySet<string> = new Set([
  "InviteClinician",
  "GetClinicianInvite",
  "ResendInvite",
  "DeleteInvite",
  "ListClinicianInvites",
  "AcceptClinicianInvite",
  "DismissClinicianInvite",
  "GetPatientInvites",
  "AcceptPatientInvitation",
  "DeletePatientInvitation",
  "SendPatientInvitation",
]);
