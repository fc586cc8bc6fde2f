import { type SQL, sql } from "drizzle-orm";
import { type Read, rowOf } from "../../../platform/db/read.ts";
import { clinics } from "../../tables/clinics.ts";
import type { EhrSettings } from "./settings-schema.ts";
import type { ClinicRow } from "./store.ts";

const change = (clinicId: string, assignments: SQL, now: number): SQL =>
  sql`UPDATE ${clinics} SET ${assignments}, updated_at = ${now}, version = version + 1 WHERE ${clinics.id} = ${clinicId}`;

/** Changes nothing, as all statements here, when the clinic is not there. */
export const setTier = (clinicId: string, tier: string, now: number): SQL => change(clinicId, sql`tier = ${tier}`, now);

/** Replaces what mails are not sent; null means that all are. */
export const setSuppressedNotifications = (clinicId: string, json: string | null, now: number): SQL =>
  change(clinicId, sql`suppressed_notifications = ${json}`, now);

/** Replaces who may become a member; null means anybody. */
export const setMembershipRestrictions = (clinicId: string, json: string | null, now: number): SQL =>
  change(clinicId, sql`membership_restrictions = ${json}`, now);

/** Replaces the EHR settings as a whole. */
export const setEhrSettings = (clinicId: string, json: string, now: number): SQL =>
  change(clinicId, sql`ehr_settings = ${json}`, now);

/** Replaces the MRN rules for the patients that are written from now on; existing ones are not looked at. */
export const setMrnSettings = (clinicId: string, required: boolean, unique: boolean, now: number): SQL =>
  change(clinicId, sql`mrn_required = ${required ? 1 : 0}, mrn_unique = ${unique ? 1 : 0}`, now);

/** The columns of both patient limits. A limit without a plan does not exist. */
export type LimitColumns = Pick<
  ClinicRow,
  "hardLimitPlan" | "hardLimitStartAt" | "hardLimitEndAt" | "softLimitPlan" | "softLimitStartAt" | "softLimitEndAt"
>;

/** Replaces both patient limits, provided nothing has changed the clinic since it was read. */
export const setPatientLimits = (clinicId: string, limits: LimitColumns, version: number, now: number): SQL =>
  sql`${change(
    clinicId,
    sql`hard_limit_plan = ${limits.hardLimitPlan}, hard_limit_start_at = ${limits.hardLimitStartAt},
      hard_limit_end_at = ${limits.hardLimitEndAt}, soft_limit_plan = ${limits.softLimitPlan},
      soft_limit_start_at = ${limits.softLimitStartAt}, soft_limit_end_at = ${limits.softLimitEndAt}`,
    now,
  )} AND ${clinics.version} = ${version}`;

/** What is stored of the settings that are documents. */
export const findStoredSettings = (
  clinicId: string,
): Read<Pick<ClinicRow, "ehrSettings" | "membershipRestrictions" | "mrnRequired" | "mrnUnique"> | undefined> =>
  rowOf(sql`SELECT ${clinics.ehrSettings} AS "ehrSettings", ${clinics.membershipRestrictions} AS "membershipRestrictions",
      ${clinics.mrnRequired} AS "mrnRequired", ${clinics.mrnUnique} AS "mrnUnique"
      FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`);

/** Another clinic that an EHR is connected to. */
export const findOtherOfSource = (
  clinicId: string,
  { provider, sourceId }: Pick<EhrSettings, "provider" | "sourceId">,
): Read<object | undefined> =>
  rowOf(sql`SELECT 1 FROM ${clinics} INDEXED BY clinics_by_ehr_source WHERE ${clinics.ehrSettings} IS NOT NULL
      AND json_extract(${clinics.ehrSettings}, '$.provider') = ${provider}
      AND json_extract(${clinics.ehrSettings}, '$.sourceId') = ${sourceId}
      AND json_extract(${clinics.ehrSettings}, '$.enabled') = 1 AND ${clinics.id} <> ${clinicId} LIMIT 1`);

/** Both patient limits with what decides whether they hold. */
export const findPatientLimits = (
  clinicId: string,
): Read<(LimitColumns & Pick<ClinicRow, "country" | "tier" | "version">) | undefined> =>
  rowOf(sql`SELECT ${clinics.hardLimitPlan} AS "hardLimitPlan", ${clinics.hardLimitStartAt} AS "hardLimitStartAt",
      ${clinics.hardLimitEndAt} AS "hardLimitEndAt", ${clinics.softLimitPlan} AS "softLimitPlan",
      ${clinics.softLimitStartAt} AS "softLimitStartAt", ${clinics.softLimitEndAt} AS "softLimitEndAt",
      ${clinics.country} AS country, ${clinics.tier} AS tier, ${clinics.version} AS version
      FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`);
