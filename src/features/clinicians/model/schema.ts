import { z } from "@hono/zod-openapi";
import type { Role } from "../../access/grants.ts";
import { Clinic } from "../../clinics/model/schema.ts";
import { code, CODE_LENGTH_MAX, name, text, Email, uniqueItems } from "../../../platform/core/bounded-text.ts";
import { DateTime, ObjectId, toDateTime, UserId } from "../../../platform/core/wire.ts";
import type { NewClinician } from "./store.ts";

export const Roles = uniqueItems(z.enum(["CLINIC_ADMIN", "CLINIC_MEMBER", "PRESCRIBER"]), 3)
  .min(1)
  .openapi("clinicianRoles.v1");

/** Our choice: some identity providers use tokens as secrets. */
const SECRET_LENGTH_MAX = 4096;
/** Existing clients may send addresses up to this length. */
const IGNORED_ADDRESS_LENGTH_MAX = 320;

export const Clinician = z
  .object({
    id: UserId.optional(),
    inviteId: z.string().optional(),
    email: z.string().openapi({ format: "email" }),
    name: z.string().min(1).optional(),
    roles: Roles,
    createdTime: DateTime,
    updatedTime: DateTime,
  })
  .openapi("clinician.v1");
export type Clinician = z.infer<typeof Clinician>;

/** The body that creates a clinician. Times are accepted and ignored. */
export const ClinicianInput = z
  .object({
    id: UserId.optional(),
    inviteId: code().optional(),
    email: Email,
    name: name().optional(),
    roles: Roles,
  })
  .openapi("clinicianInput.v1", {
    example: { id: "0f1e2d3c4b", email: "bo@lakeside.example", name: "Bo Lind", roles: ["CLINIC_MEMBER"] },
  });
export type ClinicianInput = z.infer<typeof ClinicianInput>;

/** The body that updates a clinician: a clinician as read may be sent back in full. */
export const ClinicianUpdate = z
  .object({
    id: UserId.optional(),
    inviteId: text({ min: 0, max: CODE_LENGTH_MAX }).optional(),
    email: text({ min: 0, max: IGNORED_ADDRESS_LENGTH_MAX }).openapi({
      format: "email",
    }),
    name: name().optional(),
    roles: Roles,
  })
  .openapi("clinicianUpdate.v1");
export type ClinicianUpdate = z.infer<typeof ClinicianUpdate>;

export const ServiceAccountInput = z
  .object({ name: name(), client_id: code(), client_secret: text({ max: SECRET_LENGTH_MAX }) })
  .openapi("addServiceAccount.v1");
export type ServiceAccountInput = z.infer<typeof ServiceAccountInput>;

export const ClinicianClinicRelationship = z
  .object({ clinician: Clinician, clinic: Clinic })
  .openapi("clinicianClinicRelationship.v1");
export type ClinicianClinicRelationship = z.infer<typeof ClinicianClinicRelationship>;

export const ClinicianClinicRelationships = z
  .array(ClinicianClinicRelationship)
  .openapi("clinicianClinicRelationships.v1");

export const Clinicians = z.array(Clinician).openapi("clinicians.v1");

export const ClinicianParams = z.object({ clinicId: ObjectId, clinicianId: UserId });

export const rolesOf = (row: Pick<NewClinician, "roles">): Role[] => JSON.parse(row.roles) as Role[];

export const toClinician = (row: NewClinician): Clinician => ({
  id: row.userId ?? undefined,
  inviteId: row.inviteId ?? undefined,
  email: row.email ?? "",
  name: row.name ?? undefined,
  roles: rolesOf(row),
  createdTime: toDateTime(row.createdAt),
  updatedTime: toDateTime(row.updatedAt),
});
