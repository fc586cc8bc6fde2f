import { sql } from "drizzle-orm";
import { clinicNotFound, refuseUnlessClinic } from "../../clinics/model/guards.ts";
import { constraintViolation, duplicate, notFound } from "../../../platform/core/errors.ts";
import { type Guard, refuseIfFound, refuseUnlessFound } from "../../../platform/db/guard.ts";
import { mapped, type Read, rowOf, together } from "../../../platform/db/read.ts";
import { clinics } from "../../tables/clinics.ts";
import { type ClinicianRow, findMember, invitedWith, memberWith, onlyAdmin } from "./store.ts";

export const isMemberAlready = () => duplicate("clinician is already a member of the clinic");
export const needsAnAdmin = () => constraintViolation("the clinic must have at least one admin");
export const clinicianNotFound = () => notFound("clinician");
const clinicIsNotMigrated = () => constraintViolation("clinic is not migrated");

/** Stops a change of a clinic's members where the clinic is not there, or was made from a legacy account and not migrated. */
export const refuseUnlessMigrated = (clinicId: string): readonly Guard[] => [
  refuseUnlessClinic(clinicId),
  refuseIfFound(
    sql`SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${clinicId} AND ${clinics.isMigrated} = 0`,
    clinicIsNotMigrated,
  ),
];

/** Stops a change of a member who is none. Invitations are not meant. */
export const refuseUnlessMember = (clinicId: string, userId: string): Guard =>
  refuseUnlessFound(memberWith(clinicId, userId), clinicianNotFound);

/** Stops a change of an invitation that is not pending. */
export const refuseUnlessInvited = (clinicId: string, inviteId: string): Guard =>
  refuseUnlessFound(invitedWith(clinicId, inviteId), clinicianNotFound);

/** Stops somebody from joining a clinic they work in already. */
export const refuseIfMember = (clinicId: string, userId: string): Guard =>
  refuseIfFound(memberWith(clinicId, userId), isMemberAlready);

/** Stops the clinic's only admin from ceasing to be one. In a clinic without admins everybody else may come and go. */
export const refuseIfOnlyAdmin = (clinicId: string, userId: string): Guard =>
  refuseIfFound(onlyAdmin(clinicId, userId), needsAnAdmin);

/** The clinic; refuses as `refuseUnlessMigrated` does, before anything is written or anybody else is asked. */
export const requireMigrated = (clinicId: string): Read<{ name: string }> =>
  mapped(
    rowOf<{ isMigrated: number; name: string }>(
      sql`SELECT ${clinics.isMigrated} AS "isMigrated", ${clinics.name} AS name FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`,
    ),
    (clinic) => {
      if (!clinic) throw clinicNotFound();
      if (clinic.isMigrated === 0) throw clinicIsNotMigrated();
      return { name: clinic.name };
    },
  );

/** A member whose record may be changed, and the clinic; refused in the order of the guards of the same names. */
export const memberToChange = (
  clinicId: string,
  userId: string,
): Read<{ clinician: ClinicianRow; clinic: { name: string } }> =>
  mapped(
    together({ clinic: requireMigrated(clinicId), clinician: findMember(clinicId, userId) }),
    ({ clinic, clinician }) => {
      if (!clinician) throw clinicianNotFound();
      return { clinic, clinician };
    },
  );
