import { sql } from "drizzle-orm";
import { type Guard, refuseUnlessFound } from "../../platform/db/guard.ts";
import { prepared } from "../../platform/db/prepared.ts";
import { type Read, mapped, valueOf } from "../../platform/db/read.ts";
import { clinicians } from "../tables/clinics.ts";
import type { Role } from "./grants.ts";

const rolesOf = prepared<{ clinicId: string; userId: string }>(
  (value) => sql`SELECT ${clinicians.roles} FROM ${clinicians}
      WHERE ${clinicians.clinicId} = ${value("clinicId")} AND ${clinicians.userId} = ${value("userId")}`,
);

/** The roles a user has in a clinic; none when they are no clinician of it. */
export const rolesIn = (clinicId: string, userId: string): Read<readonly Role[]> =>
  mapped(valueOf<string>(rolesOf({ clinicId, userId })), (roles) =>
    roles === null ? [] : (JSON.parse(roles) as Role[]),
  );

/** Stops a write unless, at the moment of writing, the user has one of the roles in the clinic. */
export const guardMembership = (
  clinicId: string,
  userId: string,
  roles: readonly Role[],
  refusal: () => Error,
): Guard =>
  refuseUnlessFound(
    sql`SELECT 1 FROM ${clinicians}, json_each(${clinicians.roles}) AS held
        WHERE ${clinicians.clinicId} = ${clinicId} AND ${clinicians.userId} = ${userId}
          AND held.value IN (${sql.join(
            roles.map((role) => sql`${role}`),
            sql`, `,
          )})`,
    refusal,
  );
