import { badRequest, duplicate, Refusal } from "../../../platform/core/errors.ts";
import { parsedJson } from "../../../platform/core/wire.ts";
import type { EhrSettings } from "../../clinics/model/settings-schema.ts";
import type { WholeClinic } from "../../clinics/model/store.ts";
import type { FoundPatient } from "../../patients/model/read.ts";
import { mrnKeyOf } from "../../patients/model/record.ts";
import { isSameText, possibleMrns } from "../model/identity.ts";
import { type Subject, type XealthValues, valuesOf } from "./requests.ts";

/** Whom a request is about. */
export interface Matched {
  readonly clinic: WholeClinic;
  readonly settings: EhrSettings;
  readonly values: XealthValues;
  /** Undefined: nobody yet. */
  readonly patient: FoundPatient | undefined;
}

/** The clinic of a health system; undefined where there is none. Refuses several (409). */
export function clinicAmong([clinic, another]: readonly WholeClinic[]):
  | Pick<Matched, "clinic" | "settings">
  | undefined {
  if (another) throw duplicate("found multiple matching clinics");
  const settings = parsedJson<EhrSettings>(clinic?.clinic.ehrSettings ?? null);
  return clinic && settings && { clinic, settings };
}

export const noClinic = () => new Refusal("notFound", "not found: couldn't find matching clinic");
export const notEnrolled = () => new Refusal("notFound", "not found: the patient is not enrolled in the program");
export const noPatient = () => new Refusal("notFound", "not found: couldn't find matching patient");

/**
 * The patient a request is about, by MRN and, unless that is compared afterwards, birth date; where nobody has them, the one
 * who had the MRN before a merge and was born then. Undefined where the health system has no clinic. Refuses several clinics
 * (409), a subject without what it is recognised by (400), several patients (422).
 */
export function matchAmong(
  found: { readonly clinics: readonly WholeClinic[]; readonly patients: readonly FoundPatient[] },
  subject: Subject,
  { byBirthDate }: { readonly byBirthDate: boolean },
): Matched | undefined {
  const known = clinicAmong(found.clinics);
  if (!known) return undefined;
  const values = valuesOf(subject, known.settings.mrnIdType);
  const isBornThen = ({ row }: FoundPatient) => row.birthDate === values.birthDate;
  const live = found.patients.filter(
    (it) => isSameText(it.row.mrn ?? "", values.mrn) && (!byBirthDate || isBornThen(it)),
  );
  // A patient who was found with none of the numbers had the MRN once.
  const numbers = new Set(possibleMrns(subject.identifiers).map(({ id }) => mrnKeyOf(id)));
  const [patient, another] =
    live.length > 0 ? live : found.patients.filter((it) => isBornThen(it) && !numbers.has(it.row.mrnKey));
  if (another) throw new Refusal("constraintViolation", "constraint violation: multiple matching patients found");
  return { ...known, values, patient };
}

/** Says what was being done when a request was refused. */
export async function doing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal && error.kind !== "unavailable") {
      throw new Refusal(error.kind, `${what}: ${error.message}`, { code: error.code });
    }
    throw error;
  }
}

/** Refuses a request without the name of a health system (400). */
export function deploymentOf(deployment: string | undefined): string {
  if (deployment === undefined) throw badRequest("deployment is required");
  return deployment;
}
