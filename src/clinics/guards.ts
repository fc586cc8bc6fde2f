import { type SQL, sql } from "drizzle-orm";
import { notFound } from "../core/errors.ts";
import { type Guard, refuseUnlessFound } from "../db/guard.ts";
import { clinics } from "../db/schema/clinics.ts";

export const clinicNotFound = () => notFound("clinic");

/** Stops a write to a clinic that is not there. */
export const refuseUnlessClinic = (clinicId: string): Guard =>
  refuseUnlessFound(sql`SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`, clinicNotFound);

/** Records that the clinic's record, its tags, sites, settings or members changed. */
export const touchClinic = (clinicId: string, now: number): SQL =>
  sql`UPDATE ${clinics} SET updated_at = ${now}, version = version + 1 WHERE ${clinics.id} = ${clinicId}`;
