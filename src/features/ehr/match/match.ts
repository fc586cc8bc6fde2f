import { mrnKeyOf } from "../../patients/model/record.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { badRequest, duplicate, Refusal } from "../../../platform/core/errors.ts";
import { OBJECT_ID } from "../../../platform/core/ids.ts";
import { StaleRead, untilFresh } from "../../../platform/core/stale.ts";
import { parsedJson } from "../../../platform/core/wire.ts";
import { refuseUnlessFound, type Step } from "../../../platform/db/guard.ts";
import { type Asking, together } from "../../../platform/db/read.ts";
import { toClinic } from "../../clinics/model/schema.ts";
import type { EhrSettings } from "../../clinics/model/settings-schema.ts";
import type { WholeClinic } from "../../clinics/model/store.ts";
import { recordOrder } from "../../patients/model/ehr-subscriptions-store.ts";
import { type FoundPatient, onePatient } from "../../patients/model/read.ts";
import { toPatient } from "../../patients/model/schema.ts";
import { recordMatch } from "../model/messages-store.ts";
import { isSameText } from "../model/identity.ts";
import { birthDateOf, fullNameOf, mrnOf, type Order, orderOf } from "../redox/order.ts";
import {
  clinicsOfSource,
  findCandidates,
  findOrder,
  keyOfPatient,
  type MessageRow,
  patientAsMatched,
} from "./match-store.ts";
import type { Criterion, PatientValues } from "./rules.ts";
import type { MatchRequest, MatchResponse } from "./schema.ts";

/** An order with the one clinic it is for. */
export interface Matched {
  readonly message: MessageRow;
  readonly order: Order;
  readonly clinic: WholeClinic;
  readonly settings: EhrSettings;
}

/**
 * The clinic an order is for: by its source, connected and enabled. Refuses an unknown order (404), one without source
 * (400), no clinic (404) and several (409).
 */
export async function matchClinic(ctx: Asking, messageId: string): Promise<Matched> {
  const { message, clinics } = await ctx.read({ message: findOrder(messageId), clinics: clinicsOfSource(messageId) });
  if (!message) throw new Refusal("notFound", "not found: couldn't find the message");
  return matchedAmong(message, clinics);
}

export function matchedAmong(message: MessageRow, clinics: readonly WholeClinic[]): Matched {
  if (!message.sourceId) throw badRequest("source id is required");
  const [clinic, another] = clinics;
  if (another) throw duplicate("multiple matching clinics found");
  const settings = parsedJson<EhrSettings>(clinic?.clinic.ehrSettings ?? null);
  if (!clinic || !settings) throw new Refusal("notFound", "not found: couldn't find a matching clinic");
  return { message, order: orderOf(JSON.parse(message.message)), clinic, settings };
}

/**
 * What the order says of its patient; undefined without an MRN, as then no patient matches. Refuses an order with an MRN
 * but without birth date or name (400), whether they are compared or not.
 */
export function patientValuesOf({ order, settings }: Matched): PatientValues | undefined {
  const mrn = mrnOf(order, settings.mrnIdType);
  if (mrn === undefined) return undefined;
  const birthDate = birthDateOf(order);
  if (birthDate === undefined) throw badRequest("date of birth is missing");
  const fullName = fullNameOf(order);
  if (fullName === undefined) throw badRequest("full name is missing");
  return { mrn, birthDate, fullName };
}

const meets = (criterion: Criterion, values: PatientValues, { row }: FoundPatient): boolean => {
  const isBornThen = row.birthDate === values.birthDate;
  // A record that was found with another MRN had this one.
  const hadMrn = row.mrnKey !== mrnKeyOf(values.mrn) && isBornThen;
  const hasMrn = () => hadMrn || isSameText(row.mrn ?? "", values.mrn);
  switch (criterion) {
    case "MRN":
      return hasMrn();
    case "MRN_DOB":
      return isBornThen && hasMrn();
    case "DOB_FULLNAME":
      return isBornThen && isSameText(row.fullName ?? "", values.fullName);
  }
};

/** The clinic's patients that meet any criterion, each once, in the order of the criteria and then of names. */
export async function matchPatients(
  ctx: Asking,
  clinicId: string,
  criteria: readonly Criterion[],
  values: PatientValues,
): Promise<FoundPatient[]> {
  const asked = [...new Set(criteria)];
  const { lists } = await ctx.read({
    lists: together(
      Object.fromEntries(asked.map((criterion) => [criterion, findCandidates(clinicId, criterion, values)])),
    ),
  });
  const found = asked.flatMap((criterion) =>
    (lists[criterion] ?? []).filter((candidate) => meets(criterion, values, candidate)),
  );
  return [...new Map(found.map((patient) => [patient.row.userId, patient])).values()];
}

/** When an order takes effect: the time of its event, or when it was received. */
export const orderTime = ({ eventAt, receivedAt }: Pick<MessageRow, "eventAt" | "receivedAt">): number =>
  eventAt ?? receivedAt;

/**
 * The steps that make an order the newest of a patient, and their subscription active or not: if the patient is still
 * whom the order was matched to. An order that is older than the newest one changes nothing.
 */
export const subscribeSteps = (
  matched: Matched,
  { row }: FoundPatient,
  isActive: boolean,
  now: number,
): readonly Step[] => {
  const asMatched = patientAsMatched(matched.clinic.clinic.id, row.userId, row.mrn, row.birthDate);
  return [refuseUnlessFound(asMatched, () => new StaleRead()), ...newestOrderSteps(matched, row.userId, isActive, now)];
};

/** What the orders of each service subscribe a patient to. */
const SUBSCRIPTIONS = { redox: "summaryAndReports", xealth: "xealthReports" } as const;

/** The same, also where the patient is another one by now. */
export const newestOrderSteps = (
  { clinic, message }: Pick<Matched, "clinic" | "message">,
  userId: string,
  isActive: boolean,
  now: number,
): readonly Step[] => {
  const clinicId = clinic.clinic.id;
  return [
    recordOrder(onePatient(clinicId, userId), orderOfSubscription(message, isActive), now),
    recordMatch(message.id, keyOfPatient(clinicId, userId)),
  ];
};

/** The order as a patient's subscription records it. */
const orderOfSubscription = (message: MessageRow, isActive: boolean) => ({
  messageId: message.id,
  provider: message.provider,
  subscription: SUBSCRIPTIONS[message.provider],
  isActive,
  at: orderTime(message),
  dataModel: message.dataModel,
  eventType: message.eventType,
});

/**
 * The clinic and the patients of a stored order. When exactly one patient matches and that is asked for, their
 * subscription is switched on or off.
 */
export function matchClinicAndPatient(ctx: Ctx, { messageRef, patients }: MatchRequest): Promise<MatchResponse> {
  if (!messageRef) throw badRequest("messageRef is required");
  if (!OBJECT_ID.test(messageRef.documentId)) throw badRequest("invalid documentId");
  return untilFresh(async () => {
    const matched = await matchClinic(ctx, messageRef.documentId);
    const { clinic, settings } = matched;
    const clinicId = clinic.clinic.id;
    const values = patientValuesOf(matched);
    const found = values && patients ? await matchPatients(ctx, clinicId, patients.criteria, values) : [];
    const answer: MatchResponse = {
      clinic: toClinic(clinic),
      settings,
      patients: found.length > 0 ? found.map(({ row, siteNames }) => toPatient(row, siteNames)) : undefined,
    };
    const [patient] = found;
    if (found.length > 0)
      ctx.auditRead(
        clinicId,
        found.map(({ row }) => row.userId),
      );
    if (!patient || found.length > 1 || patients?.onUniqueMatch === undefined) return answer;
    return ctx.commit({
      clinicId,
      patientId: patient.row.userId,
      answer,
      steps: subscribeSteps(matched, patient, patients.onUniqueMatch === "ENABLE_REPORTS", ctx.now),
    });
  });
}
