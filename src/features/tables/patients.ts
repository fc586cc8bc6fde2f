import { integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { columnName, STATISTICS, type SummaryType } from "../summaries/model/statistics.ts";

/** The head of a summary, on the patient's row. */
const summaryHead = <T extends SummaryType>(type: T) => ({
  summaryId: text(`${type}_summary_id`),
  schemaVersion: real(`${type}_schema_version`),
  lowThreshold: real(`${type}_low_threshold`),
  veryLowThreshold: real(`${type}_very_low_threshold`),
  highThreshold: real(`${type}_high_threshold`),
  veryHighThreshold: real(`${type}_very_high_threshold`),
  dateFlags: integer(`${type}_date_flags`),
  firstDataAt: integer(`${type}_first_data_at`),
  lastDataAt: integer(`${type}_last_data_at`),
  lastUploadAt: integer(`${type}_last_upload_at`),
  lastUpdatedAt: integer(`${type}_last_updated_at`),
  outdatedSinceAt: integer(`${type}_outdated_since_at`),
  outdatedSinceLimitAt: integer(`${type}_outdated_since_limit_at`),
  lastUpdatedReason: text(`${type}_last_updated_reason`),
  outdatedReason: text(`${type}_outdated_reason`),
  hasOtherPeriods: integer(`${type}_has_other_periods`).notNull(),
});
type SummaryHead = ReturnType<typeof summaryHead<SummaryType>>;
type Prefixed<T extends SummaryType> = {
  [K in keyof SummaryHead as `${T}${Capitalize<K>}`]: SummaryHead[K];
};

const prefixed = <T extends SummaryType>(type: T) =>
  Object.fromEntries(
    Object.entries(summaryHead(type)).map(([name, column]) => [
      `${type}${name[0]!.toUpperCase()}${name.slice(1)}`,
      column,
    ]),
  ) as unknown as Prefixed<T>;

const patientColumns = {
  key: integer("key").notNull(),
  clinicId: text("clinic_id").notNull(),
  userId: text("user_id").notNull(),
  fullName: text("full_name"),
  nameKey: text("name_key"),
  birthDate: text("birth_date"),
  email: text("email"),
  mrn: text("mrn"),
  mrnKey: text("mrn_key"),
  mrnUnique: integer("mrn_unique").notNull(),
  searchRest: text("search_rest").notNull(),
  targetDevices: text("target_devices"),
  tags: text("tags").notNull(),
  sites: text("sites").notNull(),
  dataSources: text("data_sources"),
  permissions: integer("permissions"),
  reviews: text("reviews").notNull(),
  lastReviewedAt: integer("last_reviewed_at"),
  connectionRequests: text("connection_requests"),
  ehrSubscriptions: text("ehr_subscriptions"),
  lastUploadReminderAt: integer("last_upload_reminder_at"),
  glycemicRanges: text("glycemic_ranges"),
  diagnosisType: text("diagnosis_type"),
  isMigrated: integer("is_migrated").notNull(),
  legacyClinicianIds: text("legacy_clinician_ids"),
  invitedBy: text("invited_by"),
  isDemo: integer("is_demo").notNull(),
  countsToPlan: integer("counts_to_plan").notNull(),
  ...prefixed("cgm"),
  ...prefixed("bgm"),
  version: integer("version").notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
};

export const patients = sqliteTable("patients", patientColumns);
export type PatientRow = typeof patients.$inferSelect;

export const patientChanges = sqliteTable("patient_changes", {
  clinicId: text("clinic_id").notNull(),
  seq: integer("seq").notNull(),
  token: integer("token").notNull(),
  key: integer("key"),
  renamed: integer("renamed").notNull(),
});

export const clinicProviderCounts = sqliteTable("clinic_provider_counts", {
  clinicId: text("clinic_id").notNull(),
  provider: text("provider").notNull(),
  state: text("state").notNull(),
  n: integer("n").notNull(),
});

const statisticColumns = (type: SummaryType) =>
  Object.fromEntries(
    STATISTICS[type].flatMap(({ name }) =>
      [name, `${name}Delta`].map((field) => [field, real(columnName(field))] as const),
    ),
  );

const periodColumns = (type: SummaryType) => ({
  patientKey: integer("patient_key").notNull(),
  period: text("period").notNull(),
  flags: integer("flags").notNull(),
  ...statisticColumns(type),
});

export const cgmPeriods = sqliteTable("cgm_periods", periodColumns("cgm"));
export const bgmPeriods = sqliteTable("bgm_periods", periodColumns("bgm"));
/** The period table of a summary type. */
export const PERIODS = { cgm: cgmPeriods, bgm: bgmPeriods } as const;

const deletion = { deletedAt: integer("deleted_at").notNull(), deletedBy: text("deleted_by") };

export const deletedPatients = sqliteTable("deleted_patients", { ...deletion, ...patientColumns });
export const deletedCgmPeriods = sqliteTable("deleted_cgm_periods", { ...deletion, ...periodColumns("cgm") });
export const deletedBgmPeriods = sqliteTable("deleted_bgm_periods", { ...deletion, ...periodColumns("bgm") });
