import type { Guard } from "../db/guard.ts";
import type { Read } from "../db/read.ts";

/** Whose roles grant access to what a path names. */
export interface Tenancy {
  /** The path parameter that names the tenant. */
  readonly param: string;
  /**
   * The roles of a person in the tenant; empty when they have none. Where the path does not say whose record it is, the audit
   * trail is told with them.
   */
  rolesIn(tenantId: string, userId: string, tell: (whose: Whose) => void): Read<readonly string[]>;
}

/** A patient, and the clinic where the record is one of a clinic. */
export interface Whose {
  readonly clinicId: string | null;
  readonly patientId: string;
}

/** What the request pipeline needs to know about the tenant named in a path. */
export interface Tenants extends Tenancy {
  /** Rolls the batch back unless the person has one of the roles in the tenant at commit time. */
  guardRoles(tenantId: string, userId: string, roles: readonly string[], refusal: () => Error): Guard;
  /** Rolls the batch back while the tenant is locked. */
  guardWritable(tenantId: string): Guard;
}
