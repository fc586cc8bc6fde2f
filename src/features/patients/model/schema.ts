import { z } from "@hono/zod-openapi";
import { TARGET_DEVICES_MAX } from "../../../platform/accounts/directory.ts";
import { Clinic } from "../../clinics/model/schema.ts";
import {
  CODE_LENGTH_MAX,
  code,
  identifier,
  list,
  name,
  text,
  EmailOrEmpty,
  uniqueItems,
} from "../../../platform/core/bounded-text.ts";
import { BirthDate, DateTime, ObjectId, parsedJson, toDateTime, UserId } from "../../../platform/core/wire.ts";
import { UNKNOWN_DATE } from "../../../platform/text/unknown-date.ts";
import { SiteName } from "../../sites/model/schema.ts";
import { PatientSummary } from "../../summaries/schema.ts";
import { rebuildSummary, type RowWithPeriods } from "../../summaries/rebuild.ts";
import {
  type DataSource as StoredDataSource,
  PERMISSION_BITS,
  PERMISSIONS,
  type Permission,
  PROVIDERS,
} from "./record.ts";

/** Our choice: far above what clinics send, low enough to bound the size of a record. */
const DATA_SOURCES_MAX = 100;
/** A clinic has 50 of each, and more sites after merges. */
const LABELS_MAX = 200;
/** Two are stored; clients send whole records back. */
const REVIEWS_MAX = 100;

const Providers = z.enum(PROVIDERS).openapi("providerId.v1");

export const DataSource = z
  .object({
    state: z.enum(["pending", "pendingReconnect", "connected", "disconnected", "error"]),
    providerName: text({ max: 100 }).openapi("providerName.v1"),
    dataSourceId: ObjectId.optional(),
    modifiedTime: DateTime.optional(),
    expirationTime: DateTime.optional(),
    latestDataTime: DateTime.optional(),
  })
  .openapi("dataSource.v1");
export type DataSource = z.infer<typeof DataSource>;

export const DataSources = list(DataSource, DATA_SOURCES_MAX).openapi("dataSources.v1");

const UpperBound = z
  .object({ value: z.number().openapi({ format: "float" }), units: z.enum(["mg/dL", "mmol/L"]) })
  .openapi("glycemicRangesThresholdUpperBound.v1");

const Threshold = z
  .object({ name: code(), upperBound: UpperBound, inclusive: z.boolean().default(false) })
  .openapi("glycemicRangesThreshold.v1");

const THRESHOLDS_MIN = 4;
const THRESHOLDS_MAX = 5;

/** Bounds thresholds that are not in use, which the contract does not restrict. */
const UNUSED_THRESHOLDS_MAX = 100;

const CustomRanges = z
  .object({
    name: code(),
    thresholds: list(Threshold, UNUSED_THRESHOLDS_MAX).openapi({
      minLength: THRESHOLDS_MIN,
      maxLength: THRESHOLDS_MAX,
      description: `When type is custom: ${THRESHOLDS_MIN} or ${THRESHOLDS_MAX} thresholds, ascending, all in the same unit.`,
    }),
  })
  .openapi("glycemicRangesCustom.v1");
type Thresholds = z.output<typeof CustomRanges>["thresholds"];

/** The validation error of thresholds in use. The rule is stricter than the contract, so unused ones are exempt. */
function faultOfThresholds(thresholds: Thresholds): string | undefined {
  if (thresholds.length < THRESHOLDS_MIN || thresholds.length > THRESHOLDS_MAX) {
    return `${THRESHOLDS_MIN} or ${THRESHOLDS_MAX} thresholds are expected`;
  }
  if (new Set(thresholds.map((t) => t.upperBound.units)).size > 1) return "all thresholds need the same units";
  const ascends = thresholds.every((t, i) => i === 0 || t.upperBound.value > thresholds[i - 1]!.upperBound.value);
  return ascends ? undefined : "the upper bounds need to ascend";
}

const RangesPreset = z
  .enum(["adaStandard", "adaPregnancyType1", "adaPregnancyType2", "adaHighRisk"])
  .openapi("glycemicRangesPreset.v1", { minLength: 1, default: "adaStandard" });

/** Only the branch named by `type` is stored. */
export const GlycemicRanges = z
  .object({
    type: z.enum(["preset", "custom"]).default("preset"),
    custom: CustomRanges.optional(),
    preset: RangesPreset.optional(),
  })
  .superRefine(({ type, custom }, ctx) => {
    if (type !== "custom") return;
    const message = custom ? faultOfThresholds(custom.thresholds) : "custom ranges are expected where type is custom";
    const path = custom ? ["custom", "thresholds"] : ["custom"];
    if (message !== undefined) ctx.addIssue({ code: "custom", path, message });
  })
  .transform((ranges) =>
    ranges.type === "custom"
      ? { type: ranges.type, custom: ranges.custom }
      : { type: ranges.type, preset: ranges.preset ?? ("adaStandard" as const) },
  )
  .openapi("glycemicRanges.v1", { required: ["type"] });
export type GlycemicRanges = z.output<typeof GlycemicRanges>;

const DIAGNOSES = [
  "type1",
  "type2",
  "type3c",
  "gestational",
  "prediabetes",
  "lada",
  "mody",
  "other",
  "notApplicable",
] as const;
export const DiagnosisType = z.enum([...DIAGNOSES, ""]).openapi("diagnosisType.v1");

const Granted = z.object({});
export const Permissions = z
  .object({
    custodian: Granted.optional(),
    view: Granted.optional(),
    note: Granted.optional(),
    upload: Granted.optional(),
  })
  .openapi("patientPermissions.v1", {
    description: "A permission is granted when its key is present, whatever its value.",
  });

const PatientSite = z
  .object({
    id: ObjectId,
    name: SiteName.openapi({ description: "Ignored in requests. Responses show the clinic's name of the site." }),
    numPatients: z.int().optional(),
  })
  .openapi("patientSite.v1");

export const PatientReview = z
  .object({ clinicianId: text({ min: 0, max: 64 }), time: DateTime })
  .openapi("patientReview.v1");

export const PatientReviews = z.array(PatientReview).openapi("patientReviews.v1", { description: "Newest first." });

const ConnectionRequest = z
  .object({ createdTime: DateTime, providerName: Providers })
  .openapi("providerConnectionRequest.v1");
const ConnectionRequests = z
  .object({
    twiist: z.array(ConnectionRequest),
    dexcom: z.array(ConnectionRequest),
    abbott: z.array(ConnectionRequest),
  })
  .openapi("providerConnectionRequests.v1");
type ConnectionRequests = z.infer<typeof ConnectionRequests>;

export const Patient = z
  .object({
    id: UserId,
    email: z.string().optional().openapi({ format: "email" }),
    fullName: z.string().openapi({ minLength: 1 }),
    birthDate: z.string().openapi({ format: "date", description: `${UNKNOWN_DATE} when unknown.` }),
    mrn: z.string().min(1).optional(),
    tags: z.array(ObjectId).openapi({ uniqueItems: true }),
    targetDevices: z.array(z.string()).optional(),
    permissions: Permissions.optional(),
    createdTime: DateTime,
    updatedTime: DateTime,
    attestationSubmitted: z.boolean().optional().openapi({ deprecated: true, description: "Never sent." }),
    dataSources: z.array(DataSource),
    lastUploadReminderTime: DateTime.optional(),
    summary: PatientSummary.optional(),
    reviews: PatientReviews,
    connectionRequests: ConnectionRequests,
    sites: z.array(PatientSite),
    glycemicRanges: GlycemicRanges.optional(),
    diagnosisType: DiagnosisType.optional(),
  })
  .openapi("patient.v1");
/** A patient as a response shows it. */
export type Patient = z.output<typeof Patient>;

const TagIds = uniqueItems(ObjectId, LABELS_MAX).nullable();
const SitesInput = list(PatientSite, LABELS_MAX);

/** The fields a clinic may set when it creates or updates a patient. The others are accepted and ignored. */
export const PatientInput = z
  .object({
    fullName: name(),
    birthDate: BirthDate,
    email: EmailOrEmpty.optional(),
    mrn: identifier().optional(),
    targetDevices: list(text({ min: 0, max: CODE_LENGTH_MAX }), TARGET_DEVICES_MAX).optional(),
    tags: TagIds.optional(),
    sites: SitesInput.optional(),
    dataSources: list(DataSource, DATA_SOURCES_MAX).nullable().optional(),
    glycemicRanges: GlycemicRanges.optional(),
    diagnosisType: DiagnosisType.optional(),
    permissions: Permissions.optional().openapi({ description: "Accepted and ignored." }),
    reviews: list(PatientReview, REVIEWS_MAX).nullable().optional().openapi({ description: "Accepted and ignored." }),
    attestationSubmitted: z.boolean().optional().openapi({ description: "Accepted and ignored." }),
  })
  .openapi("patientInput.v1", {
    example: { fullName: "Rosa Diaz", birthDate: "1987-02-03", email: "rosa@example.org", mrn: "A-17" },
  });
export type PatientInput = z.output<typeof PatientInput>;

export const PatientFromUserInput = z
  .object({
    permissions: Permissions.optional(),
    isMigrated: z.boolean().optional(),
    legacyClinicianId: UserId.optional(),
    attestationSubmitted: z.boolean().optional().openapi({ description: "Accepted and ignored." }),
    fullName: name().optional(),
    birthDate: BirthDate.optional(),
    mrn: identifier().optional(),
    tags: TagIds.optional(),
    sites: SitesInput.optional(),
    glycemicRanges: GlycemicRanges.optional(),
    diagnosisType: DiagnosisType.optional(),
  })
  .openapi("createPatient.v1");
export type PatientFromUserInput = z.output<typeof PatientFromUserInput>;

export const PatientsResponse = z
  .object({
    data: z.array(Patient).openapi("patients.v1"),
    meta: z
      .object({
        count: z.int().openapi({ description: "The number of patients that match every filter." }),
        totalCount: z.int().openapi({ description: "The number of patients of the clinic." }),
      })
      .openapi("meta.v1"),
  })
  .openapi("patientsResponse.v1");

export const PatientClinicRelationship = z
  .object({ patient: Patient, clinic: Clinic })
  .openapi("patientClinicRelationship.v1");
export type PatientClinicRelationship = z.output<typeof PatientClinicRelationship>;

export const PatientClinicRelationships = z.array(PatientClinicRelationship).openapi("patientClinicRelationships.v1");

/** The fields a clinic may set when it accepts a patient invitation. The others come from the patient's account. */
export const AcceptedPatient = PatientFromUserInput.pick({
  fullName: true,
  birthDate: true,
  mrn: true,
  tags: true,
  sites: true,
  glycemicRanges: true,
  diagnosisType: true,
}).openapi("AcceptPatientInvitation");
export type AcceptedPatient = z.output<typeof AcceptedPatient>;

export const PermissionParams = z.object({ clinicId: ObjectId, patientId: UserId, permission: z.enum(PERMISSIONS) });

export const ProviderParams = z.object({ clinicId: ObjectId, patientId: UserId, providerId: Providers });

export const PatientParams = z.object({ clinicId: ObjectId, patientId: UserId });

/** A permission mask as a response shows it. */
export function toPermissions(bits: number): z.output<typeof Permissions> {
  const permissions: Partial<Record<Permission, Record<string, never>>> = {};
  for (const [name, bit] of Object.entries(PERMISSION_BITS)) {
    if ((bits & bit) !== 0) permissions[name as Permission] = {};
  }
  return permissions;
}

/** A record as a response shows it. Sites have their current names; ids of deleted sites are omitted. */
export const toPatient = (row: RowWithPeriods, siteNames: ReadonlyMap<string, string>): Patient => ({
  ...toPatientWithoutSummary(row, siteNames),
  summary: rebuildSummary(row),
});

/** The same without the summary, which is the most expensive part to build. */
export function toPatientWithoutSummary(row: RowWithPeriods, siteNames: ReadonlyMap<string, string>): Patient {
  const requests = parsedJson<Partial<ConnectionRequests>>(row.connectionRequests);
  return {
    id: row.userId,
    fullName: row.fullName ?? "",
    birthDate: row.birthDate ?? UNKNOWN_DATE,
    email: row.email ?? undefined,
    mrn: row.mrn ?? undefined,
    tags: JSON.parse(row.tags) as string[],
    sites: (JSON.parse(row.sites) as string[]).flatMap((id) => {
      const name = siteNames.get(id);
      return name === undefined ? [] : [{ id, name }];
    }),
    targetDevices: parsedJson<string[]>(row.targetDevices),
    permissions: row.permissions === null ? undefined : toPermissions(row.permissions),
    dataSources: parsedJson<DataSource[]>(row.dataSources) ?? [],
    reviews: JSON.parse(row.reviews) as Patient["reviews"],
    connectionRequests: {
      abbott: requests?.abbott ?? [],
      dexcom: requests?.dexcom ?? [],
      twiist: requests?.twiist ?? [],
    },
    lastUploadReminderTime: row.lastUploadReminderAt === null ? undefined : toDateTime(row.lastUploadReminderAt),
    glycemicRanges: parsedJson<GlycemicRanges>(row.glycemicRanges),
    diagnosisType: (row.diagnosisType as Patient["diagnosisType"]) ?? undefined,
    createdTime: toDateTime(row.createdAt),
    updatedTime: toDateTime(row.updatedAt),
  };
}

/** Data sources as stored: times in the format that responses use. */
export const storedDataSources = (sources: readonly DataSource[]): StoredDataSource[] =>
  sources.map((source) => {
    const times = Object.fromEntries(
      (["modifiedTime", "expirationTime", "latestDataTime"] as const)
        .filter((name) => source[name] !== undefined)
        .map((name) => [name, toDateTime(Date.parse(source[name]!))]),
    );
    return { ...source, ...times };
  });
