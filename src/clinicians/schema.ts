import { z } from "@hono/zod-openapi";
import type { Role } from "../auth/access.ts";
import { DateTime, Email, ObjectId, toDateTime, UserId, uniqueItems } from "../core/wire.ts";
import type { ClinicianRow } from "./store.ts";

export const Roles = uniqueItems(z.enum(["CLINIC_ADMIN", "CLINIC_MEMBER", "PRESCRIBER"]))
  .min(1)
  .openapi("clinicianRoles.v1");

export const Clinician = z
  .object({
    id: UserId.optional().openapi({ description: "The member's user id; absent while this is a pending invitation." }),
    inviteId: z.string().optional(),
    email: z.string().openapi({ format: "email", description: "Empty for a service account." }),
    name: z.string().min(1).optional(),
    roles: Roles,
    createdTime: DateTime,
    updatedTime: DateTime,
  })
  .openapi("clinician.v1");
export type Clinician = z.infer<typeof Clinician>;

/** A clinician as it is created. Times are accepted and ignored. */
export const ClinicianInput = z
  .object({
    id: UserId.optional(),
    inviteId: z.string().min(1).optional(),
    email: Email,
    name: z.string().min(1).optional(),
    roles: Roles,
  })
  .openapi("clinicianInput.v1");
export type ClinicianInput = z.infer<typeof ClinicianInput>;

export const ClinicianParams = z.object({ clinicId: ObjectId, clinicianId: UserId });

export const toClinician = (row: ClinicianRow): Clinician => ({
  email: row.email ?? "",
  roles: JSON.parse(row.roles) as Role[],
  createdTime: toDateTime(row.createdAt),
  updatedTime: toDateTime(row.updatedAt),
  id: row.userId ?? undefined,
  inviteId: row.inviteId ?? undefined,
  name: row.name ?? undefined,
});
