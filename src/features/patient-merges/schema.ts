import { z } from "@hono/zod-openapi";
import { BooleanParameter, DateTime, ObjectId, UserId } from "../../platform/core/wire.ts";
import { Patient, PatientReviews } from "../patients/model/schema.ts";
import { TAKEABLE } from "../patients/model/merged-fields.ts";
import { ACCEPTABLE, FINAL, TRAITS } from "./rules.ts";

const Side = z.enum(["target", "source"]);
const uniqueCodes = <T extends readonly string[]>(values: T) =>
  z
    .array(z.enum(values))
    .max(values.length)
    .refine((list) => new Set(list).size === list.length, { error: "each may be given once" })
    .openapi({ uniqueItems: true })
    .default([]);

export const MergePatientInput = z
  .object({
    sourceId: UserId,
    take: uniqueCodes(TAKEABLE),
    accept: uniqueCodes(ACCEPTABLE),
    plan: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .length(64)
      .optional(),
  })
  .openapi("mergePatient.v1", { example: { sourceId: "a1b2c3d4e5" } as never });

export const PlanBlock = z
  .object({
    reason: z.enum([...FINAL, ...ACCEPTABLE]),
    message: z.string(),
    count: z.int(),
    acceptable: z.boolean(),
    swap: z.boolean().optional(),
    ids: z.array(UserId).optional(),
  })
  .openapi("patientMergeError.v1");

const Field = z
  .object({
    field: z.enum(TAKEABLE),
    target: z.unknown().optional(),
    source: z.unknown().optional(),
    result: z.unknown().optional(),
    from: z.enum(["target", "source", "both"]),
    becomesFormer: z.string().optional(),
  })
  .openapi("patientMergeField.v1");

const ids = () => z.array(ObjectId);
const Labels = () => z.object({ result: ids(), added: ids() });

export const PatientMergePlan = z
  .object({
    state: z.literal("planned"),
    plan: z.string(),
    targetId: UserId,
    sourceId: UserId,
    likeness: z.enum(["likely", "mrnOnly", "nameOnly", "none"]),
    shared: z.array(z.enum(TRAITS)),
    allowed: z.boolean(),
    errors: z.array(PlanBlock),
    fields: z.array(Field),
    tags: Labels(),
    sites: Labels(),
    reviews: PatientReviews,
    account: z.object({
      custodial: z.boolean(),
      source: z.enum(["parked", "elsewhere"]),
      closesTime: DateTime.optional(),
    }),
    ehr: z.array(z.object({ name: z.string(), from: Side, ends: z.array(Side) })),
    leftBehind: z.object({
      connectionRequests: z.int(),
      dataSources: z.int(),
      summaries: z.int(),
      waitingMails: z.int(),
      jobs: z.int(),
      reports: z.int(),
    }),
    mails: z.array(z.enum(["account_claim"])),
  })
  .openapi("patientMergePlan.v1");

const NotRestored = z
  .object({ record: Side, field: z.string(), reason: z.enum(["changed", "taken", "gone", "known-elsewhere"]) })
  .openapi("patientMergeNotRestored.v1");
export type NotRestored = z.output<typeof NotRestored>;

export const PatientMerge = z
  .object({
    ...PatientMergePlan.shape,
    id: ObjectId,
    clinicId: ObjectId,
    state: z.enum(["merged", "undone"]),
    mergedTime: DateTime,
    mergedBy: z.string(),
    undoableUntil: DateTime,
    undoneTime: DateTime.optional(),
    undoneBy: z.string().optional(),
    notRestored: z.array(NotRestored).optional(),
    patient: Patient.optional(),
  })
  .openapi("patientMerge.v1");
export type MergeView = z.output<typeof PatientMerge>;

const UndoBlock = z
  .object({
    reason: z.enum(["survivor-gone", "clinic-merged", "later-merge", "source-returned", "account-gone"]),
    ids: z.array(ObjectId).optional(),
  })
  .openapi("patientUnmergeError.v1");
export type UndoBlock = z.output<typeof UndoBlock>;

export const PatientUnmergePlan = z
  .object({
    state: z.literal("planned"),
    allowed: z.boolean(),
    errors: z.array(UndoBlock),
    restores: z.array(z.object({ record: Side, field: z.string() })),
    notRestored: z.array(NotRestored),
  })
  .openapi("patientUnmergePlan.v1");
export type UnmergePlan = Omit<z.output<typeof PatientUnmergePlan>, "state">;

/** A plan as it is answered: told from what was done by its state. */
export const planned = <P extends object>(plan: P) => ({ state: "planned" as const, ...plan });

export const ListedPatientMerges = z
  .array(
    z.object({
      id: ObjectId,
      role: Side,
      otherId: UserId,
      state: z.enum(["merged", "undone"]),
      mergedTime: DateTime,
      mergedBy: z.string(),
      undoneTime: DateTime.optional(),
      undoneBy: z.string().optional(),
      undoableUntil: DateTime,
      formerMrn: z.string().optional(),
      fields: z.array(z.object({ field: z.enum(TAKEABLE), from: z.enum(["target", "source", "both"]) })),
    }),
  )
  .openapi("listedPatientMerges.v1");
export type ListedPatientMerges = z.output<typeof ListedPatientMerges>;

const refusalOf = <S extends z.ZodRawShape>(more: S) => z.object({ code: z.int(), message: z.string(), ...more });
export const MergeBlocked = refusalOf({
  errors: z.array(PlanBlock).optional(),
  acceptable: z.array(z.enum(ACCEPTABLE)).optional(),
}).openapi("patientMergeRefusal.v1");
export const MergeConflict = refusalOf({ current: PatientMergePlan.optional() }).openapi("patientMergeConflict.v1");
export const UndoConflict = refusalOf({ errors: z.array(UndoBlock).optional() }).openapi("patientUnmergeConflict.v1");

export const DryRun = z.object({ dryRun: BooleanParameter.optional().openapi({ type: "boolean", default: false }) });
export const PatientMergeParams = z.object({ clinicId: ObjectId, mergeId: ObjectId });
