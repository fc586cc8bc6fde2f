import { type SQL, sql } from "drizzle-orm";
import { badRequest } from "../../../platform/core/errors.ts";
import { type Guard, refuseWhen } from "../../../platform/db/guard.ts";
import { clinics } from "../../tables/clinics.ts";
import { patients } from "../../tables/patients.ts";
import { mrnKeyOf } from "./record.ts";

const mrnIsRequired = () => badRequest("mrn is required");
const mrnIsTaken = () => badRequest("mrn must be unique");

/** An MRN as it is kept, in NFC; one of nothing that can be seen is none. */
export const storedMrn = (mrn: string | undefined): string | null =>
  mrn === undefined || mrnKeyOf(mrn) === null ? null : mrn.normalize("NFC");

const clinicSays = (clinicId: string, column: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${clinicId} AND ${column} = 1)`;

/**
 * Stops a write that breaks the clinic's MRN rules as they stand at that moment: an MRN where one is required, and
 * where they are unique one that no other patient of the clinic has, in any spelling that reads the same.
 */
export const refuseBadMrn = (clinicId: string, userId: string, mrn: string | null): readonly Guard[] => {
  if (mrn === null) return [refuseWhen(clinicSays(clinicId, sql`${clinics.mrnRequired}`), mrnIsRequired)];
  return [
    refuseWhen(
      sql`${clinicSays(clinicId, sql`${clinics.mrnUnique}`)} AND EXISTS (SELECT 1 FROM ${patients}
          WHERE ${patients.clinicId} = ${clinicId} AND ${patients.mrnKey} = ${mrnKeyOf(mrn)} AND ${patients.userId} <> ${userId})`,
      mrnIsTaken,
    ),
  ];
};

/** Whether a patient is bound by the clinic's uniqueness rule, as the clinic has it at this moment: 1 or 0. */
export const boundMrn = (clinicId: string | SQL): SQL =>
  sql`coalesce((SELECT ${clinics.mrnUnique} FROM ${clinics} WHERE ${clinics.id} = ${clinicId}), 0)`;
