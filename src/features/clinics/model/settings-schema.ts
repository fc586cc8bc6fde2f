import { z } from "@hono/zod-openapi";
import { CODE_LENGTH_MAX, code, list, text } from "../../../platform/core/bounded-text.ts";
import { DateTime } from "../../../platform/core/wire.ts";
import { DEFAULT_NOTE_EVENT_TYPE, TIERS } from "./rules.ts";
import { SuppressedNotifications } from "./schema.ts";

export const TierUpdate = z.object({ tier: z.enum(TIERS).openapi("tier.v1") }).openapi("UpdateTier");

export const SuppressedNotificationsUpdate = z
  .object({ suppressedNotifications: SuppressedNotifications })
  .openapi("UpdateSuppressedNotifications");

/** Our choice: a clinic has a handful of each. */
const RESTRICTIONS_MAX = 200;
const TAG_CODES_MAX = 200;
/** RFC 1035. */
const DOMAIN_LENGTH_MAX = 253;
/** RFC 1123: labels of letters, digits and hyphens. A domain of other letters is named as the DNS has it, `xn--…`. */
const HOSTNAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const optionalCode = () => text({ min: 0, max: CODE_LENGTH_MAX });

const MembershipRestriction = z
  .object({
    emailDomain: text({ max: DOMAIN_LENGTH_MAX })
      .refine((value) => HOSTNAME.test(value), "a domain such as lakeside.example is expected")
      .openapi({ format: "hostname" }),
    requiredIdp: optionalCode().optional(),
  })
  .openapi("membershipRestriction.v1");

export const MembershipRestrictions = z
  .object({ restrictions: list(MembershipRestriction, RESTRICTIONS_MAX).optional() })
  .openapi("membershipRestrictions.v1");
export type MembershipRestrictions = z.infer<typeof MembershipRestrictions>;

export const MrnSettings = z.object({ required: z.boolean(), unique: z.boolean() }).openapi("mrnSettings.v1");
export type MrnSettings = z.infer<typeof MrnSettings>;

export const EhrSettings = z
  .object({
    enabled: z.boolean(),
    sourceId: optionalCode(),
    destinationIds: z
      .object({ flowsheet: code(), results: code(), notes: code() })
      .openapi("ehrDestinations.v1")
      .optional(),
    procedureCodes: z
      .object({
        enableSummaryReports: code().optional(),
        disableSummaryReports: code().optional(),
        createAccount: code().optional(),
        createAccountAndEnableReports: optionalCode().optional(),
      })
      .openapi("ehrProcedures.v1"),
    mrnIdType: code(),
    provider: z.enum(["redox", "xealth"]),
    scheduledReports: z
      .object({
        onUploadEnabled: z.boolean(),
        onUploadNoteEventType: z.enum(["New", "Replace"]).optional().openapi({
          default: DEFAULT_NOTE_EVENT_TYPE,
          description: "Stored only while reports on upload are enabled.",
        }),
        cadence: z.enum(["1d", "7d", "14d", "30d", "DISABLED"]),
      })
      .openapi("scheduledReports.v1"),
    tags: z
      .object({ codes: list(optionalCode(), TAG_CODES_MAX).optional(), separator: code().optional() })
      .openapi("ehrTagsSettings.v1"),
    flowsheets: z.object({ icode: z.boolean() }).openapi("ehrFlowsheetSettings.v1"),
    notes: z
      .object({ includeGMI: z.boolean().optional().openapi({ default: false }) })
      .openapi("ehrNoteSettings.v1")
      .optional(),
  })
  .openapi("ehrSettings.v1");
export type EhrSettings = z.infer<typeof EhrSettings>;

const PatientCountLimit = z
  .object({ plan: z.int().min(0), startDate: DateTime.optional(), endDate: DateTime.optional() })
  .openapi("patientCountLimit.v1");
export type PatientCountLimit = z.infer<typeof PatientCountLimit>;

export const PatientCountSettings = z
  .object({
    hardLimit: PatientCountLimit.optional(),
    softLimit: PatientCountLimit.optional().openapi({
      description: "For display only: no request is refused because of it.",
    }),
  })
  .openapi("patientCountSettings.v1");
export type PatientCountSettings = z.infer<typeof PatientCountSettings>;

const count = () => z.int().min(0);

const PatientProviderCount = z
  .object({ total: count(), states: z.record(z.string(), count()) })
  .openapi("patientProviderCount.v1");

export const PatientCount = z
  .object({
    total: count(),
    demo: count(),
    plan: count(),
    providers: z
      .record(z.string(), PatientProviderCount)
      .optional()
      .openapi({ description: "Connections of patients to data providers, without those of the demo patient." }),
  })
  .openapi("patientCount.v1");
export type PatientCount = z.infer<typeof PatientCount>;
