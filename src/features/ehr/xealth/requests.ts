import { CODE_LENGTH_MAX, cutTo, identifier, name, SOUGHT_LENGTH_MAX } from "../../../platform/core/bounded-text.ts";
import { badRequest } from "../../../platform/core/errors.ts";
import { BirthDate } from "../../../platform/core/wire.ts";
import type { Identifier } from "../model/identity.ts";
import { mrnAmong } from "../model/identity.ts";
import { type JsonObject, listOf, objectOf, textOf } from "../model/json.ts";

/**
 * What Xealth's requests, and the orders read from it, say of a patient. Parts that are absent, empty or of a wrong type are
 * undefined. Texts are cut to a length above that of any stored text: one that was cut is equal to none.
 */
export interface Subject {
  readonly identifiers: readonly Identifier[];
  readonly hasDatasets: boolean;
  readonly hasDemographics: boolean;
  readonly fullName: string | undefined;
  /** As it stands there. */
  readonly birthDate: string | undefined;
  readonly email: string | undefined;
  /** Who looks at the EHR. */
  readonly ehrUserId: string | undefined;
}

/** Everything that Xealth sends is read from these. */
export interface XealthRequest extends Subject {
  readonly eventType: string | undefined;
  readonly eventContext: string | undefined;
  readonly deployment: string | undefined;
  readonly programId: string | undefined;
}

export const cutText = (value: unknown): string | undefined => {
  const whole = textOf(value);
  return whole === undefined ? undefined : cutTo(whole, SOUGHT_LENGTH_MAX);
};

/** Reads the request; never throws. */
export const requestOf = (body: JsonObject): XealthRequest => ({
  ...subjectOf(body),
  eventType: cutText(body.eventType),
  eventContext: cutText(body.eventContext),
  deployment: cutText(body.deployment),
  programId: cutText(body.programId),
});

/** Our choice: above the number that one person has in one hospital. */
const IDENTIFIERS_MAX = 50;

/** Reads who a request or an order is about; never throws. */
export function subjectOf(body: JsonObject): Subject {
  const datasets = objectOf(body.datasets);
  const demographics = objectOf(datasets?.demographicsV1);
  const name = objectOf(demographics?.name);
  const parts = [...(listOf(name?.given) ?? []), ...(listOf(name?.family) ?? [])].flatMap(
    (part) => cutText(part) ?? [],
  );
  return {
    identifiers: identifiersIn(objectOf(body.patientIdentity)?.ids),
    hasDatasets: datasets !== undefined,
    hasDemographics: demographics !== undefined,
    fullName: cutText(parts.join(" ").trim()),
    birthDate: cutText(demographics?.birthDate),
    email: emailIn(demographics?.telecom),
    ehrUserId: cutText(objectOf(datasets?.ehrUserV1)?.userId),
  };
}

const identifiersIn = (ids: unknown): readonly Identifier[] =>
  (listOf(ids) ?? [])
    .flatMap((entry) => {
      const fields = objectOf(entry);
      const [id, type] = [cutText(fields?.id), cutText(fields?.type)];
      return id === undefined || type === undefined ? [] : [{ id, type }];
    })
    .slice(0, IDENTIFIERS_MAX);

function emailIn(telecom: unknown): string | undefined {
  for (const entry of listOf(telecom) ?? []) {
    const fields = objectOf(entry);
    const value = cutText(fields?.value);
    if (fields?.system === "email" && value !== undefined) return value;
  }
  return undefined;
}

/** What a patient is recognised by. */
export interface XealthValues {
  readonly mrn: string;
  readonly birthDate: string;
  readonly fullName: string;
}

/** What a subject is recognised by in a clinic, or the first part that is missing (400). */
export function valuesOf(it: Subject, mrnIdType: string): XealthValues {
  if (!it.hasDatasets) throw badRequest("datasets is required");
  if (!it.hasDemographics) throw badRequest("demographics is required");
  const mrn = mrnAmong(it.identifiers, mrnIdType);
  if (mrn === undefined) throw badRequest("mrn is missing");
  if (it.birthDate === undefined) throw badRequest("date of birth is missing");
  if (it.fullName === undefined) throw badRequest("full name is missing");
  return { mrn, birthDate: it.birthDate, fullName: it.fullName };
}

/** A text by which something is stored, whole; undefined where it is absent or too long for that. */
export const storedText = (value: string | undefined): string | undefined =>
  value !== undefined && value.length <= CODE_LENGTH_MAX && value.isWellFormed() && !value.includes("\0")
    ? value
    : undefined;

const Name = name();
const Mrn = identifier();

/** Why no record can be made of somebody; undefined where one can. */
export function faultOfValues({ fullName, birthDate, mrn }: XealthValues): string | undefined {
  if (!Name.safeParse(fullName).success) return "name is invalid";
  if (!BirthDate.safeParse(birthDate).success) return "date of birth is invalid";
  return Mrn.safeParse(mrn).success ? undefined : "mrn is invalid";
}
