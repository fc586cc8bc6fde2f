import { badRequest } from "../../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../../platform/core/stale.ts";
import { BirthDate } from "../../../platform/core/wire.ts";
import { identifier, name } from "../../../platform/core/bounded-text.ts";
import { refuseIfFound, refuseUnlessFound, type Step } from "../../../platform/db/guard.ts";
import type { JobContext } from "../../../platform/outbox/job-context.ts";
import type { JobOutcome, JobWork } from "../../../platform/outbox/registry.ts";
import { askToConnect } from "../../patients/connections/ask-to-connect.ts";
import { recordOrder } from "../../patients/model/ehr-subscriptions-store.ts";
import { onePatient } from "../../patients/model/read.ts";
import { clinicsOfSource, findOrder, keyOfPatient, patientAsMatched, patientWithMrn } from "../match/match-store.ts";
import type { MessageRow } from "../match/match-store.ts";
import { orderTime } from "../match/match.ts";
import { type JsonObject, objectOf } from "../model/json.ts";
import { recordMatch } from "../model/messages-store.ts";
import {
  asDelivery,
  contextOfOrder,
  createOrdered,
  LOOK_AGAIN_MS,
  OutOfOrder,
  PatientAppeared,
  waitForEarlier,
} from "../orders/order-job.ts";
import {
  endMessage,
  findEarlierOrder,
  findLaterEvent,
  keepMessage,
  laterEvent,
  leaveQueue,
  refuseOutOfOrder,
} from "../orders/orders-store.ts";
import { readOrder } from "./client.ts";
import type { PreorderData } from "./input.ts";
import { findAsked } from "./match-store.ts";
import { clinicAmong, type Matched, matchAmong } from "./match.ts";
import { findPreorder, forgetPreorder } from "./preorders-store.ts";
import { isOfProgram } from "./receive-notification.ts";
import { cutText, requestOf, storedText, subjectOf } from "./requests.ts";
import { xealthSettings } from "./settings.ts";

/** Why an event is not applied: a later one of the same order was. */
const OVERTAKEN = "overtaken";
class Overtaken extends Error {}

interface Processing extends Matched {
  readonly ctx: JobContext;
  readonly message: MessageRow;
  readonly isActive: boolean;
  /** The event and the order, as they are kept. */
  readonly kept: string;
  readonly preorder: PreorderData | undefined;
  readonly dataTrackingId: string;
  readonly appeared: { times: number };
}

/**
 * Applies an event of an order: reads the order at Xealth, makes the patient where there is none, and switches the
 * subscription on or off, all in one batch. What can't succeed later either is a final DeliveryError with its reason.
 */
export async function processNotification(work: JobWork, messageId: string): Promise<JobOutcome> {
  const identity = { operationId: "XealthNotification", serviceId: "xealth", requestId: messageId };
  const ctx = contextOfOrder(work, identity);
  const { message, clinics, earlier, later } = await ctx.read({
    message: findOrder(messageId, "xealth"),
    clinics: clinicsOfSource(messageId, "xealth"),
    earlier: findEarlierOrder(messageId),
    later: findLaterEvent(messageId),
  });
  if (!message || message.state === "done") return "done";
  const settings = work.settings.of(xealthSettings);
  if (!settings) return { waitUntil: work.now + LOOK_AGAIN_MS };
  const wait = waitForEarlier(messageId, work.now);
  if (earlier) return wait;
  if (later) return ended(work, messageId, OVERTAKEN);
  try {
    const event = (JSON.parse(message.message) as { eventNotification: JsonObject }).eventNotification;
    const request = requestOf(event);
    const known = clinicAmong(clinics);
    if (!known) return ended(work, messageId, "no_clinic");
    if (!isOfProgram(request.programId, known.settings.procedureCodes.createAccountAndEnableReports)) {
      return ended(work, messageId, "another_program");
    }
    const deployment = message.sourceId ?? "";
    const order = await readOrder(settings, deployment, cutText(event.orderId) ?? "");
    const ordered = objectOf(order.orderInfo)?.deployment;
    if (ordered !== undefined && ordered !== deployment) throw badRequest("order is of another deployment");
    const appeared = { times: 0 };
    return await untilFresh(() => apply({ work, ctx, message, deployment, order, event, appeared }));
  } catch (error) {
    if (error instanceof OutOfOrder) return wait;
    if (error instanceof Overtaken) return ended(work, messageId, OVERTAKEN);
    throw asDelivery(error);
  }
}

interface Applying {
  readonly work: JobWork;
  readonly ctx: JobContext;
  readonly message: MessageRow;
  readonly deployment: string;
  readonly order: JsonObject;
  readonly event: JsonObject;
  readonly appeared: { times: number };
}

async function apply(it: Applying): Promise<JobOutcome> {
  const { work, ctx, message, deployment, order, appeared } = it;
  const subject = subjectOf(order);
  const found = await ctx.read({ asked: findAsked(deployment, subject.identifiers) });
  const matched = matchAmong(found.asked, subject, { byBirthDate: true });
  if (!matched) return ended(work, message.id, "no_clinic");
  const isActive = message.eventType === "new";
  if (!matched.patient && !isActive) return ended(work, message.id, "no_patient");
  const dataTrackingId = storedText(cutText(objectOf(order.preorder)?.dataTrackingId)) ?? "";
  const { preorder } = await ctx.read({ preorder: findPreorder(matched.clinic.clinic.id, dataTrackingId) });
  const kept = JSON.stringify({ eventNotification: it.event, orderData: order });
  const processing = { ...matched, ctx, message, isActive, kept, preorder, dataTrackingId, appeared };
  await (matched.patient ? subscribe(processing, matched.patient.row) : create(processing));
  return "done";
}

async function subscribe(
  it: Processing,
  row: { readonly userId: string; readonly mrn: string | null; readonly birthDate: string | null },
): Promise<void> {
  const clinicId = it.clinic.clinic.id;
  const asMatched = patientAsMatched(clinicId, row.userId, row.mrn, row.birthDate);
  await it.ctx.commit({
    clinicId,
    patientId: row.userId,
    answer: undefined,
    steps: [...inOrder(it), refuseUnlessFound(asMatched, () => new StaleRead()), ...concluding(it, row.userId)],
  });
}

const inOrder = ({ message }: Processing): readonly Step[] => [
  refuseOutOfOrder(message.id, () => new OutOfOrder()),
  refuseIfFound(laterEvent(message.id), () => new Overtaken()),
];

/** The order becomes the newest of the patient, unless a newer one was before; it is read, and its entry used. */
const concluding = (it: Processing, userId: string): readonly Step[] => {
  const { ctx, message } = it;
  const clinicId = it.clinic.clinic.id;
  const newest = {
    messageId: message.id,
    provider: "xealth" as const,
    subscription: "xealthReports" as const,
    isActive: it.isActive,
    at: orderTime(message),
    dataModel: message.dataModel,
    eventType: message.eventType,
  };
  return [
    recordOrder(onePatient(clinicId, userId), newest, ctx.now),
    recordMatch(message.id, keyOfPatient(clinicId, userId)),
    keepMessage(message.id, it.kept),
    forgetPreorder(clinicId, it.dataTrackingId),
    endMessage(message.id, { reason: null, resultsSentAt: null }),
    ...leaveQueue(message.id, ctx.outboxBatch, ctx.now),
  ];
};

const Name = name();
const Mrn = identifier();

async function create(it: Processing): Promise<void> {
  const { ctx, preorder, values } = it;
  const clinicId = it.clinic.clinic.id;
  if (!preorder) throw badRequest("preorder data is required to create a new patient");
  if (!Name.safeParse(values.fullName).success) throw badRequest("name is invalid");
  if (!BirthDate.safeParse(values.birthDate).success) throw badRequest("date of birth is invalid");
  const mrn = Mrn.safeParse(values.mrn);
  if (!mrn.success) throw badRequest("mrn is invalid");
  // One that has appeared and is not found now has an MRN that is the same but for width.
  if (it.appeared.times > 1) throw badRequest("patient already exists");
  const tagIds = new Set(it.clinic.tags.map(({ id }) => id));
  const connections = askToConnect(ctx, clinicId, preorder.email === undefined ? [] : preorder.providers);
  const input = {
    fullName: values.fullName,
    birthDate: values.birthDate,
    mrn: mrn.data,
    email: preorder.email,
    tags: preorder.tagIds.filter((id) => tagIds.has(id)),
    dataSources: connections.dataSources,
  };
  const appeared = patientWithMrn(clinicId, mrn.data, values.birthDate);
  const alongside = (userId: string) => [...inOrder(it), ...connections.stepsFor(userId), ...concluding(it, userId)];
  try {
    await createOrdered(ctx, clinicId, input, appeared, alongside);
  } catch (error) {
    if (!(error instanceof PatientAppeared)) throw error;
    it.appeared.times += 1;
    throw new StaleRead();
  }
}

/** Ends an event that changes nothing. */
const ended = (work: JobWork, messageId: string, reason: string): JobOutcome => ({
  skipped: reason,
  finishing: [
    endMessage(messageId, { reason, resultsSentAt: null }),
    ...leaveQueue(messageId, work.outboxBatch, work.now),
  ],
});
