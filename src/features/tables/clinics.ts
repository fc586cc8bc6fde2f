import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

const clinicColumns = {
  id: text("id").notNull(),
  name: text("name").notNull(),
  address: text("address"),
  city: text("city"),
  postalCode: text("postal_code"),
  state: text("state"),
  country: text("country"),
  clinicType: text("clinic_type"),
  clinicSize: text("clinic_size"),
  website: text("website"),
  timezone: text("timezone"),
  phoneNumbers: text("phone_numbers"),
  preferredBgUnits: text("preferred_bg_units"),
  shareCode: text("share_code").notNull(),
  tier: text("tier"),
  isMigrated: integer("is_migrated").notNull(),
  suppressedNotifications: text("suppressed_notifications"),
  membershipRestrictions: text("membership_restrictions"),
  ehrSettings: text("ehr_settings"),
  mrnRequired: integer("mrn_required"),
  mrnUnique: integer("mrn_unique"),
  hardLimitPlan: integer("hard_limit_plan"),
  hardLimitStartAt: integer("hard_limit_start_at"),
  hardLimitEndAt: integer("hard_limit_end_at"),
  softLimitPlan: integer("soft_limit_plan"),
  softLimitStartAt: integer("soft_limit_start_at"),
  softLimitEndAt: integer("soft_limit_end_at"),
  patientTotal: integer("patient_total").notNull(),
  patientDemo: integer("patient_demo").notNull(),
  patientPlan: integer("patient_plan").notNull(),
  version: integer("version").notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
};

export const clinics = sqliteTable("clinics", clinicColumns);

export const clinicShareCodes = sqliteTable("clinic_share_codes", {
  code: text("code").notNull(),
  clinicId: text("clinic_id"),
});

export const clinicPatientTags = sqliteTable("clinic_patient_tags", {
  clinicId: text("clinic_id").notNull(),
  id: text("id").notNull(),
  name: text("name").notNull(),
  nameKey: text("name_key").notNull(),
  numPatients: integer("num_patients").notNull(),
});

export const clinicSites = sqliteTable("clinic_sites", {
  clinicId: text("clinic_id").notNull(),
  id: text("id").notNull(),
  name: text("name").notNull(),
  nameKey: text("name_key").notNull(),
  numPatients: integer("num_patients").notNull(),
});

const clinicianColumns = {
  id: text("id").notNull(),
  clinicId: text("clinic_id").notNull(),
  userId: text("user_id"),
  inviteId: text("invite_id"),
  email: text("email"),
  name: text("name"),
  roles: text("roles").notNull(),
  isServiceAccount: integer("is_service_account").notNull(),
  searchKey: text("search_key").notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
};

export const clinicians = sqliteTable("clinicians", clinicianColumns);

export const clinicianRoleChanges = sqliteTable("clinician_role_changes", {
  id: integer("id").primaryKey(),
  clinicId: text("clinic_id").notNull(),
  userId: text("user_id").notNull(),
  previousRoles: text("previous_roles").notNull(),
  roles: text("roles").notNull(),
  updatedBy: text("updated_by").notNull(),
  at: integer("at").notNull(),
});

const deletion = { deletedAt: integer("deleted_at").notNull(), deletedBy: text("deleted_by") };

export const deletedClinics = sqliteTable("deleted_clinics", {
  ...deletion,
  ...clinicColumns,
  shareCodes: text("share_codes").notNull(),
  patientTags: text("patient_tags").notNull(),
  sites: text("sites").notNull(),
});

export const deletedClinicians = sqliteTable("deleted_clinicians", { ...deletion, ...clinicianColumns });
