import {
  CODE_LENGTH_MAX,
  cutTo,
  identifier,
  name,
  SOUGHT_LENGTH_MAX,
  text,
} from "../../../platform/core/bounded-text.ts";
import { BirthDate, DateTime, fromDateTime } from "../../../platform/core/wire.ts";
import { comesOfAgeAt, comparedIdentifiers, type Identifier, mrnAmong, plainAddress } from "../model/identity.ts";
import { listOf, objectOf, textOf } from "../model/json.ts";

/** What the envelope of a message says about it. */
export interface MessageMeta {
  readonly dataModel: string;
  readonly eventType: string;
  /** When the EHR says it happened, in epoch milliseconds. */
  readonly eventAt: number | undefined;
  /** Which EHR sent it. */
  readonly sourceId: string | undefined;
  readonly isTest: boolean;
  /** The same for every delivery of one message. */
  readonly deduplicationKey: string | undefined;
}

/** The envelope, or the text of the refusal: parts have wrong types, or what every message must have is missing. */
export type ParsedMeta = { readonly meta: MessageMeta } | { readonly malformed: string } | { readonly missing: string };

const MALFORMED = "a part of Meta has a wrong type";
const MISSING = "cannot process message with invalid metadata";

type Type = (value: unknown) => boolean;
const optional =
  (type: Type): Type =>
  (value) =>
    value === undefined || value === null || type(value);
/** Texts that are stored, or decide what is done: refused when they are too long to be compared as a whole. */
const code = text({ min: 0, max: CODE_LENGTH_MAX });
const CODE = optional((value) => code.safeParse(value).success);
const TEXT = optional((value) => typeof value === "string");
const NUMBER = optional((value) => typeof value === "number");
const FLAG = optional((value) => typeof value === "boolean");
const object = (types: Readonly<Record<string, Type>>): Type =>
  optional((value) => {
    const fields = objectOf(value);
    return fields !== undefined && Object.entries(types).every(([name, type]) => type(fields[name]));
  });
const list = (type: Type): Type => optional((value) => Array.isArray(value) && value.every(type));

const META = object({
  DataModel: CODE,
  EventType: CODE,
  EventDateTime: TEXT,
  Test: FLAG,
  Source: object({ ID: CODE, Name: TEXT }),
  Destinations: list(object({ ID: TEXT, Name: TEXT })),
  Logs: list(object({ ID: CODE, AttemptID: TEXT })),
  Message: object({ ID: NUMBER }),
  Transmission: object({ ID: NUMBER }),
  FacilityCode: TEXT,
});

/** Meta once its types have been checked; each part may be absent or null. */
interface CheckedMeta {
  readonly DataModel?: string | null;
  readonly EventType?: string | null;
  readonly EventDateTime?: string | null;
  readonly Test?: boolean | null;
  readonly Source?: { readonly ID?: string | null } | null;
  readonly Logs?: readonly ({ readonly ID?: string | null } | null)[] | null;
  readonly Message?: { readonly ID?: number | null } | null;
}

/** The envelope of a message, or why it isn't accepted. A date that isn't one is no reason. */
export function parseMeta(message: unknown): ParsedMeta {
  const fields = objectOf(message);
  if (!fields || !META(fields.Meta)) return { malformed: MALFORMED };
  const meta = (fields.Meta ?? {}) as CheckedMeta;
  if (!meta.DataModel || !meta.EventType) return { missing: MISSING };
  const eventAt = DateTime.safeParse(meta.EventDateTime);
  return {
    meta: {
      dataModel: meta.DataModel,
      eventType: meta.EventType,
      eventAt: eventAt.success ? fromDateTime(eventAt.data) : undefined,
      sourceId: meta.Source?.ID || undefined,
      isTest: meta.Test === true,
      deduplicationKey: deduplicationKeyOf(meta),
    },
  };
}

/** The id of a log entry is stable across attempts of Redox. */
function deduplicationKeyOf({ Logs, Message, Source }: CheckedMeta): string | undefined {
  const logId = Logs?.[0]?.ID;
  if (logId) return `log:${logId}`;
  const messageId = Message?.ID ?? undefined;
  return messageId === undefined || !Source?.ID ? undefined : `message:${messageId}:${Source.ID}`;
}

export interface ClinicalInfo {
  readonly code: string;
  readonly value: string;
}

/** The first of someone's e-mail addresses, as it stands in the order. */
type GivenEmail = string | typeof NOT_A_TEXT | undefined;
const NOT_A_TEXT = Symbol("not a text");

/**
 * What we use of an order. Parts that are absent, empty or of a wrong type are undefined. Texts are cut to a length above
 * that of any stored text: one that was cut is equal to none, and no rule accepts it.
 */
export interface Order {
  readonly id: string | undefined;
  readonly procedureCode: string | undefined;
  readonly identifiers: readonly Identifier[];
  readonly hasDemographics: boolean;
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
  /** As it stands in the order. */
  readonly birthDate: string | undefined;
  readonly patientEmail: GivenEmail;
  readonly guarantorEmail: GivenEmail;
  /** Undefined: the order says nothing about tags. */
  readonly clinicalInfo: readonly ClinicalInfo[] | undefined;
}

/** Of a value that may be several tags. Our choice: above the length of all tags of a clinic. */
const TAG_VALUE_LENGTH_MAX = 10_000;

const cutText = (value: unknown, max = SOUGHT_LENGTH_MAX): string | undefined => {
  const whole = textOf(value);
  return whole === undefined ? undefined : cutTo(whole, max);
};

/** Reads any JSON as an order; never throws. */
export function orderOf(message: unknown): Order {
  const root = objectOf(message);
  const patient = objectOf(root?.Patient);
  const demographics = objectOf(patient?.Demographics);
  const order = objectOf(root?.Order);
  return {
    id: cutText(order?.ID),
    procedureCode: cutText(objectOf(order?.Procedure)?.Code),
    identifiers: (listOf(patient?.Identifiers) ?? []).flatMap((entry) => {
      const fields = objectOf(entry);
      const [id, type] = [cutText(fields?.ID), cutText(fields?.IDType)];
      return id === undefined || type === undefined ? [] : [{ id, type }];
    }),
    hasDemographics: demographics !== undefined,
    firstName: cutText(demographics?.FirstName),
    lastName: cutText(demographics?.LastName),
    birthDate: cutText(demographics?.DOB),
    patientEmail: firstEmailOf(demographics?.EmailAddresses),
    guarantorEmail: firstEmailOf(objectOf(objectOf(root?.Visit)?.Guarantor)?.EmailAddresses),
    clinicalInfo: listOf(order?.ClinicalInfo)?.flatMap((entry) => {
      const fields = objectOf(entry);
      const [code, value] = [cutText(fields?.Code), cutText(fields?.Value, TAG_VALUE_LENGTH_MAX)];
      return code === undefined || value === undefined ? [] : [{ code, value }];
    }),
  };
}

function firstEmailOf(value: unknown): GivenEmail {
  const first = listOf(value)?.[0] ?? undefined;
  return first === undefined || typeof first === "string" ? cutText(first) : NOT_A_TEXT;
}

/** Decides what is done with an order; compared as it is. */
export const procedureCodeOf = (order: Order): string | undefined => order.procedureCode;

/** The patient's medical record number. */
export const mrnOf = ({ identifiers }: Order, mrnIdType: string): string | undefined =>
  mrnAmong(identifiers, mrnIdType);

/** First and last name, or one of them. */
export const fullNameOf = ({ firstName, lastName }: Order): string | undefined =>
  textOf([firstName, lastName].filter((part) => part !== undefined).join(" "));

/** The birth date as it stands in the order, to be compared as a text. */
export const birthDateOf = (order: Order): string | undefined => order.birthDate;

export interface Failure {
  /** Sent to the EHR: must not contain anything of the order. */
  readonly failure: string;
}

/** The e-mail address of the person who manages the patient's account: of a child, the guarantor. */
export function emailFor(order: Order, now: number): { readonly email: string | undefined } | Failure {
  const birthDate = validBirthDateOf(order);
  if ("failure" in birthDate) return birthDate;
  const [given, whose] =
    comesOfAgeAt(birthDate.birthDate) >= now
      ? ([order.guarantorEmail, "guarantor"] as const)
      : ([order.patientEmail, "patient"] as const);
  if (given === NOT_A_TEXT) return { failure: `${whose} email address is not a string` };
  if (given === undefined) return { email: undefined };
  const email = bareAddress(given);
  return email === undefined ? { failure: "email address is invalid" } : { email };
}

/** `Name <address>`, where the name may be a quoted text. */
const NAMED_ADDRESS = /^(?:[^<>"]|"(?:[^"\\]|\\.)*")*<([^<>]*)>$/s;

function bareAddress(given: string): string | undefined {
  const trimmed = given.trim();
  return plainAddress(NAMED_ADDRESS.exec(trimmed)?.[1]!.trim() ?? trimmed);
}

function validBirthDateOf({ birthDate }: Order): { readonly birthDate: string } | Failure {
  if (birthDate === undefined) return { failure: "date of birth is missing" };
  return BirthDate.safeParse(birthDate).success ? { birthDate } : { failure: "date of birth is invalid" };
}

/** What an account is created from. */
export interface OrderedAccount {
  readonly fullName: string;
  readonly birthDate: string;
  /** In Unicode normalization form C. */
  readonly mrn: string;
  readonly email: string | undefined;
}

const Mrn = identifier();
const Name = name();

/** The account that an order asks for, or the first reason why it can't be created. */
export function accountOf(
  order: Order,
  mrnIdType: string,
  now: number,
): { readonly account: OrderedAccount } | Failure {
  if (!order.hasDemographics) return { failure: "patient demographics is missing" };
  const email = emailFor(order, now);
  if ("failure" in email) return email;
  const birthDate = validBirthDateOf(order);
  if ("failure" in birthDate) return birthDate;
  const { firstName, lastName } = order;
  if (firstName === undefined) return { failure: "first name is missing" };
  if (lastName === undefined) return { failure: "last name is missing" };
  const fullName = `${firstName} ${lastName}`;
  if (!Name.safeParse(fullName).success) return { failure: "name is invalid" };
  const mrn = mrnOf(order, mrnIdType);
  if (mrn === undefined) return { failure: "mrn is missing" };
  const stored = Mrn.safeParse(mrn);
  if (!stored.success) return { failure: "mrn is invalid" };
  return { account: { fullName, birthDate: birthDate.birthDate, mrn: stored.data, email: email.email } };
}

/** As many as a clinic can have. */
const TAG_NAMES_MAX = 50;

/** Which entries of an order name tags. */
export interface TagSettings {
  readonly codes?: readonly string[] | null | undefined;
  readonly separator?: string | null | undefined;
}

/** The names of the tags that the patient is to have, without repeats; undefined when tags stay as they are. */
export function tagNamesOf({ clinicalInfo }: Order, { codes, separator }: TagSettings): string[] | undefined {
  if (!codes?.length || !clinicalInfo) return undefined;
  const ofTags = new Set(codes);
  const names = new Set<string>();
  for (const { code, value } of clinicalInfo) {
    if (!ofTags.has(code)) continue;
    for (const part of separator ? value.split(separator) : [value]) {
      const tagName = part.trim();
      if (tagName !== "") names.add(tagName);
      if (names.size === TAG_NAMES_MAX) return [...names];
    }
  }
  return [...names];
}

/** What tells that orders are about one patient. */
export const identifiersOf = (order: Order): string[] => comparedIdentifiers({ ...order, fullName: fullNameOf(order) });
