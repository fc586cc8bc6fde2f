import { z } from "@hono/zod-openapi";
import {
  code,
  list,
  name,
  TEXT_LENGTH_MAX,
  text,
  URL_LENGTH_MAX,
  uniqueItems,
} from "../../../platform/core/bounded-text.ts";
import { DateTime, ObjectId, parsedJson, storedJson, toDateTime } from "../../../platform/core/wire.ts";
import { Site, SiteName } from "../../sites/model/schema.ts";
import { PatientTag, TagName } from "../../tags/model/schema.ts";
import { canMigrate, DEFAULT_BG_UNITS, DEFAULT_TIER, tierDescription } from "./rules.ts";
import { SHARE_CODE } from "./share-code.ts";
import type { ClinicRow, LabelRow, WholeClinic } from "./store.ts";
import { TIMEZONES } from "./timezones.ts";

/** Our choice: more than any clinic has. */
const PHONE_NUMBERS_MAX = 50;
/** Tags and sites that clients send back with the whole clinic; merges can exceed the limit on creating them. */
const IGNORED_MAX = 1000;

export const PhoneNumbers = uniqueItems(
  z.object({ type: code().optional(), number: code() }).openapi("phoneNumber.v1"),
  PHONE_NUMBERS_MAX,
).min(1);

export const SuppressedNotifications = z
  .strictObject({ patientClinicInvitation: z.boolean().optional() })
  .openapi("suppressedNotifications.v1");

export const BgUnits = z.enum(["mg/dL", "mmol/L"]);
const ClinicType = z
  .enum(["provider_practice", "healthcare_system", "veterinary_clinic", "other", "researcher"])
  .openapi({ minLength: 1 });
const ClinicSize = z.enum(["0-249", "250-499", "500-999", "1000+"]);
const Timezone = z
  .enum(TIMEZONES, { error: "a time zone of the published list is expected, such as US/Pacific" })
  .openapi("clinicTimezone.v1");
const Website = text({ min: 0, max: URL_LENGTH_MAX }).openapi({ format: "uri" });

const TEXT = { max: TEXT_LENGTH_MAX };
const address = {
  address: text(TEXT).optional(),
  city: text(TEXT).optional(),
  postalCode: text(TEXT).optional(),
  state: text(TEXT).optional(),
  country: text(TEXT).optional(),
};
const shown = () => z.string().min(1).optional();
/** Stored values longer than today's limits stay readable. */
const shownAddress = { address: shown(), city: shown(), postalCode: shown(), state: shown(), country: shown() };

export const Clinic = z
  .object({
    id: ObjectId,
    name: z.string().openapi({
      minItems: 1,
      description: "Empty for a clinic that was created from a legacy account and is not named yet.",
    }),
    ...shownAddress,
    patientTags: z.array(PatientTag).optional(),
    sites: z.array(Site).optional(),
    lastDeletedPatientTag: PatientTag.optional().openapi({ deprecated: true, description: "Never sent." }),
    phoneNumbers: PhoneNumbers.optional(),
    clinicType: ClinicType.optional(),
    clinicSize: ClinicSize.optional(),
    shareCode: z.string().regex(SHARE_CODE),
    canMigrate: z.boolean(),
    website: z.string().optional().openapi({ format: "uri" }),
    createdTime: DateTime,
    updatedTime: DateTime,
    tierDescription: z.string().openapi({ minLength: 1 }),
    tier: z.string().openapi({ minLength: 1 }),
    preferredBgUnits: BgUnits,
    suppressedNotifications: SuppressedNotifications.optional(),
    timezone: Timezone.optional(),
  })
  .openapi("clinic.v1");
export type Clinic = z.infer<typeof Clinic>;

const IgnoredTag = z.object({ id: ObjectId.optional(), name: TagName, numPatients: z.int().optional() });
const IgnoredSite = z
  .object({ id: ObjectId.optional(), name: SiteName, numPatients: z.int().optional() })
  .openapi({ required: ["id", "name"] });
const IGNORED = "Accepted and ignored: a separate operation changes it.";

/** The body that creates or updates a clinic. Fields set by the server are accepted and ignored. */
export const ClinicInput = z
  .object({
    // The contract declares minItems for this string.
    name: name().openapi({ minItems: 1 }),
    preferredBgUnits: BgUnits,
    ...address,
    phoneNumbers: PhoneNumbers.optional(),
    clinicType: ClinicType.optional(),
    clinicSize: ClinicSize.optional(),
    website: Website.optional(),
    timezone: Timezone.optional(),
    patientTags: list(IgnoredTag, IGNORED_MAX).optional().openapi({ description: IGNORED }),
    sites: list(IgnoredSite, IGNORED_MAX).optional().openapi({ description: IGNORED }),
    lastDeletedPatientTag: IgnoredTag.optional().openapi({ description: IGNORED }),
    suppressedNotifications: SuppressedNotifications.optional().openapi({ description: IGNORED }),
  })
  .openapi("clinicInput.v1", {
    example: { name: "Lakeside Diabetes", preferredBgUnits: "mg/dL", country: "US", timezone: "US/Pacific" },
  });
export type ClinicInput = z.infer<typeof ClinicInput>;

export const ClinicParams = z.object({ clinicId: ObjectId });

/** A clinic as a response shows it. */
export function toClinic({ clinic: row, tags, sites, hasAdmin }: WholeClinic): Clinic {
  const tier = row.tier ?? DEFAULT_TIER;
  const optional = {
    address: row.address ?? undefined,
    city: row.city ?? undefined,
    postalCode: row.postalCode ?? undefined,
    state: row.state ?? undefined,
    country: row.country ?? undefined,
    clinicType: (row.clinicType as Clinic["clinicType"]) ?? undefined,
    clinicSize: (row.clinicSize as Clinic["clinicSize"]) ?? undefined,
    website: row.website ?? undefined,
    timezone: (row.timezone as Clinic["timezone"]) ?? undefined,
    phoneNumbers: parsedJson<Clinic["phoneNumbers"]>(row.phoneNumbers),
    suppressedNotifications: parsedJson<Clinic["suppressedNotifications"]>(row.suppressedNotifications),
    patientTags: tags.length > 0 ? tags.map(toLabel) : undefined,
    sites: sites.length > 0 ? sites.map(toLabel) : undefined,
  };
  return {
    id: row.id,
    name: row.name,
    shareCode: row.shareCode,
    canMigrate: canMigrate(row, hasAdmin),
    tier,
    tierDescription: tierDescription(tier),
    preferredBgUnits: (row.preferredBgUnits || DEFAULT_BG_UNITS) as Clinic["preferredBgUnits"],
    createdTime: toDateTime(row.createdAt),
    updatedTime: toDateTime(row.updatedAt),
    ...optional,
  };
}

const toLabel = ({ id, name, numPatients }: LabelRow) => (numPatients > 0 ? { id, name, numPatients } : { id, name });

/** The columns of a clinic that a request body sets. */
export type ClinicFields = Pick<
  ClinicRow,
  | "name"
  | "preferredBgUnits"
  | "address"
  | "city"
  | "postalCode"
  | "state"
  | "country"
  | "clinicType"
  | "clinicSize"
  | "website"
  | "timezone"
  | "phoneNumbers"
>;

/** A body's fields as columns. Absent fields keep the stored value, except the two that are cleared when absent. */
export const fieldsOf = (input: ClinicInput, stored?: ClinicFields): ClinicFields => ({
  name: input.name,
  preferredBgUnits: input.preferredBgUnits,
  address: input.address ?? stored?.address ?? null,
  city: input.city ?? stored?.city ?? null,
  postalCode: input.postalCode ?? stored?.postalCode ?? null,
  state: input.state ?? stored?.state ?? null,
  country: input.country ?? stored?.country ?? null,
  clinicType: input.clinicType ?? stored?.clinicType ?? null,
  clinicSize: input.clinicSize ?? stored?.clinicSize ?? null,
  // An empty website is the published way to clear it.
  website: (input.website ?? stored?.website) || null,
  timezone: input.timezone ?? null,
  phoneNumbers: storedJson(input.phoneNumbers),
});
