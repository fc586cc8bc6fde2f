import { sql } from "drizzle-orm";
import { refuseUnlessClinic } from "../clinics/guards.ts";
import { constraintViolation, duplicate } from "../core/errors.ts";
import { type Guard, refuseIfFound } from "../db/guard.ts";
import { clinics } from "../db/schema/clinics.ts";

export const isMemberAlready = () => duplicate("clinician is already a member of the clinic");
export const needsAnAdmin = () => constraintViolation("the clinic must have at least one admin");
const clinicIsNotMigrated = () => constraintViolation("clinic is not migrated");

/** Stops a change of a clinic's members where the clinic is not there, or was made from a legacy account and not migrated. */
export const refuseUnlessMigrated = (clinicId: string): readonly Guard[] => [
  refuseUnlessClinic(clinicId),
  refuseIfFound(
    sql`SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${clinicId} AND ${clinics.isMigrated} = 0`,
    clinicIsNotMigrated,
  ),
];
