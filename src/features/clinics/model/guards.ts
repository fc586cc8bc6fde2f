import { type SQL, sql } from "drizzle-orm";
import { notFound } from "../../../platform/core/errors.ts";
import { type Guard, refuseUnlessFound } from "../../../platform/db/guard.ts";
import { clinics } from "../../tables/clinics.ts";

export const clinicNotFound = () => notFound("clinic");

/** Stops a write to a clinic that is not there. */
export const refuseUnlessClinic = (clinicId: string): Guard =>
  refuseUnlessFound(sql`SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`, clinicNotFound);

/** Records that the clinic's record, its tags, sites, settings or members changed. */
export const touchClinic = (clinicId: string, now: number): SQL =>
  sql`UPDATE ${clinics} SET updated_at = ${now}, version = version + 1 WHERE ${clinics.id} = ${clinicId}`;
