import type { Guard } from "../db/guard.ts";
import type { Read } from "../db/read.ts";

/** What the request pipeline asks of the tenant that a path names. */
export interface Tenants {
  /** The path parameter that names the tenant. */
  readonly param: string;
  /** The roles a person has in the tenant; none when they are no member of it. */
  rolesIn(tenantId: string, userId: string): Read<readonly string[]>;
  /** Stops a write unless, at the moment of writing, the person has one of the roles in the tenant. */
  guardRoles(tenantId: string, userId: string, roles: readonly string[], refusal: () => Error): Guard;
  /** Stops a write while nobody may write to the tenant. */
  guardWritable(tenantId: string): Guard;
}
