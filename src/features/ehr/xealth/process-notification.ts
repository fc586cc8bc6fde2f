import { EMAIL_IS_TAKEN } from "../../../platform/accounts/directory.ts";
import { badRequest, isRefusal } from "../../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../../platform/core/stale.ts";
import { refuseIfFound, refuseUnlessFound, type Step } from "../../../platform/db/guard.ts";
import type { JobContext } from "../../../platform/outbox/job-context.ts";
import type { JobOutcome, JobWork } from "../../../platform/outbox/registry.ts";
import { askToConnect } from "../../patients/connections/ask-to-connect.ts";
import { clinicsOfSource, findOrder, type MessageRow, patientAsMatched, patientWithMrn } from "../match/match-store.ts";
import { newestOrderSteps } from "../match/match.ts";
import { type JsonObject, objectOf } from "../model/json.ts";
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
import { findAsked, findPatientOfOrder } from "./match-store.ts";
import { clinicAmong, type Matched, matchAmong, noClinic } from "./match.ts";
import { findPreorder, forgetPreorder, type KeptPreorder, preorderAsRead } from "./preorders-store.ts";
import { isOfProgram, orderIdOf } from "./receive-notification.ts";
import { cutText, faultOfValues, requestOf, storedText, subjectOf } from "./requests.ts";
import { xealthSettings } from "./settings.ts";

/** Why an event is not applied: a later one of the same order was. */
const OVERTAKEN = "overtaken";
/** Why one ends that cancels what nobody has. */
const NO_PATIENT = "no_patient";
class Overtaken extends Error {
  static override readonly name: string = "Overtaken";
}
/** A clinician has entered something else meanwhile, or the entry was used for somebody. */
class EntryChanged extends Error {
  static override readonly name: string = "EntryChanged";
}

interface Processing extends Matched {
  readonly ctx: JobContext;
  readonly message: MessageRow;
  readonly isActive: boolean;
  /** The event and the order, as they are kept. */
  readonly kept: string;
  readonly preorder: KeptPreorder | undefined;
  readonly dataTrackingId: string;
  readonly appeared: { times: number };
}

/**
 * Applies an event of an order: reads the order at Xealth, makes the patient where there is none, and switches the
 * subscription on or off, all in one batch. What can't succeed later either is a final DeliveryError with its reason.
 */
export async function processNotification(work: JobWork, messageId: string, attempts: number): Promise<JobOutcome> {
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
    // Settings may be corrected: these can be requeued.
    if (!known) throw noClinic();
    if (!isOfProgram(request.programId, known.settings.procedureCodes.createAccountAndEnableReports)) {
      throw badRequest("order is of another program");
    }
    const deployment = message.sourceId ?? "";
    const orderId = orderIdOf(event) ?? "";
    const order = await readOrder(settings, { deployment, orderId }, attempts);
    refuseAnother(order, { deployment, orderId });
    const appeared = { times: 0 };
    const clinicId = known.clinic.clinic.id;
    return await untilFresh(() => apply({ work, ctx, message, clinicId, deployment, order, event, appeared }));
  } catch (error) {
    if (error instanceof OutOfOrder) return wait;
    if (error instanceof Overtaken) return ended(work, messageId, OVERTAKEN);
    throw asDelivery(error);
  }
}

/** Refuses an order that is not the one that was asked for. */
function refuseAnother(order: JsonObject, asked: { readonly deployment: string; readonly orderId: string }): void {
  const info = objectOf(order.orderInfo);
  for (const name of ["deployment", "orderId"] as const) {
    if (info?.[name] !== undefined && info[name] !== asked[name]) throw badRequest("order is another one");
  }
}

interface Applying {
  readonly work: JobWork;
  readonly ctx: JobContext;
  readonly message: MessageRow;
  readonly clinicId: string;
  readonly deployment: string;
  readonly order: JsonObject;
  readonly event: JsonObject;
  readonly appeared: { times: number };
}

async function apply(it: Applying): Promise<JobOutcome> {
  const { ctx, message, clinicId, deployment, order, appeared } = it;
  const subject = subjectOf(order);
  const dataTrackingId = storedText(cutText(objectOf(order.preorder)?.dataTrackingId)) ?? "";
  const { asked, preorder, placedFor } = await ctx.read({
    asked: findAsked(deployment, subject.identifiers),
    preorder: findPreorder(clinicId, dataTrackingId),
    placedFor: findPatientOfOrder(message.id, clinicId),
  });
  const matched = matchAmong(asked, subject, { byBirthDate: true });
  if (matched?.clinic.clinic.id !== clinicId) throw noClinic();
  const isActive = message.eventType === "new";
  // Of whom an order was placed for the birth date may have been changed since.
  const patient = matched.patient ?? (isActive ? undefined : placedFor);
  if (!patient && !isActive) return endCancellation(it, matched);
  const processing = { ...matched, ctx, message, isActive, kept: keptOf(it), preorder, dataTrackingId, appeared };
  await (patient ? subscribe(processing, patient.row) : create(processing));
  return "done";
}

/** What is kept of an order besides the event: its state, and nothing of the patient, who is known by then. */
function keptOf({ event, order }: Applying): string {
  const info = objectOf(order.orderInfo);
  const names = ["deployment", "orderId", "orderState", "programId", "orderUpdateDateTime"] as const;
  const orderInfo = Object.fromEntries(names.map((name) => [name, cutText(info?.[name])]));
  return JSON.stringify({ eventNotification: event, orderData: { orderInfo } });
}

/** Ends a cancellation that nobody is found for, as long as there is nobody. */
async function endCancellation({ work, ctx, message, clinicId }: Applying, { values }: Matched): Promise<JobOutcome> {
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: [
      ...inOrder(message),
      refuseIfFound(patientWithMrn(clinicId, values.mrn, values.birthDate), () => new StaleRead()),
      endMessage(message.id, { reason: NO_PATIENT, resultsSentAt: null }),
      ...leaveQueue(message.id, work.outboxBatch, work.now),
    ],
  });
  return { skipped: NO_PATIENT };
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
    steps: [...inOrder(it.message), refuseUnlessFound(asMatched, () => new StaleRead()), ...concluding(it, row.userId)],
  });
}

const inOrder = (message: MessageRow): readonly Step[] => [
  refuseOutOfOrder(message.id, () => new OutOfOrder()),
  refuseIfFound(laterEvent(message.id), () => new Overtaken()),
];

/** The order becomes the newest of the patient, unless a newer one was before; it is read, and its entry used. */
const concluding = (it: Processing, userId: string): readonly Step[] => {
  const { ctx, message } = it;
  return [
    ...newestOrderSteps(it, userId, it.isActive, ctx.now),
    keepMessage(message.id, it.kept),
    forgetPreorder(it.clinic.clinic.id, it.dataTrackingId),
    endMessage(message.id, { reason: null, resultsSentAt: null }),
    ...leaveQueue(message.id, ctx.outboxBatch, ctx.now),
  ];
};

async function create(it: Processing): Promise<void> {
  const { ctx, preorder, values } = it;
  const clinicId = it.clinic.clinic.id;
  if (!preorder) throw badRequest("preorder data is required to create a new patient");
  const fault = faultOfValues(values);
  if (fault !== undefined) throw badRequest(fault);
  const mrn = values.mrn.normalize("NFC");
  // One that has appeared and is not found now has an MRN that is the same but for width.
  if (it.appeared.times > 1) throw badRequest("patient already exists");
  const tagIds = new Set(it.clinic.tags.map(({ id }) => id));
  const connections = askToConnect(ctx, clinicId, preorder.data.providers);
  const input = {
    fullName: values.fullName,
    birthDate: values.birthDate,
    mrn,
    email: preorder.data.email,
    tags: preorder.data.tagIds.filter((id) => tagIds.has(id)),
    dataSources: connections.dataSources,
  };
  const appeared = patientWithMrn(clinicId, mrn, values.birthDate);
  const asEntered = preorderAsRead(clinicId, it.dataTrackingId, preorder);
  const alongside = (userId: string) => [
    refuseUnlessFound(asEntered, () => new EntryChanged()),
    ...inOrder(it.message),
    ...connections.stepsFor(userId),
    ...concluding(it, userId),
  ];
  try {
    await createOrdered(ctx, clinicId, input, appeared, alongside);
  } catch (error) {
    if (error instanceof EntryChanged) throw new StaleRead();
    // Who has the address may be this patient, made meanwhile.
    if (!(error instanceof PatientAppeared || (isRefusal(error, EMAIL_IS_TAKEN) && it.appeared.times === 0)))
      throw error;
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
