import type { JobContext } from "../../../platform/outbox/job-context.ts";
import { EMAIL_IS_TAKEN } from "../../../platform/accounts/directory.ts";
import { DeliveryError } from "../../../platform/core/delivery-error.ts";
import { Refusal } from "../../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../../platform/core/stale.ts";
import { parsedJson } from "../../../platform/core/wire.ts";
import type { Step } from "../../../platform/db/guard.ts";
import { askingOf } from "../../../platform/db/read.ts";
import type { JobOutcome, JobWork } from "../../../platform/outbox/registry.ts";
import type { FoundPatient } from "../../patients/model/read.ts";
import { clinicsOfSource, findOrder, type MessageRow, patientWithMrn } from "../match/match-store.ts";
import {
  matchedAmong,
  type Matched,
  matchPatients,
  newestOrderSteps,
  orderTime,
  patientValuesOf,
  subscribeSteps,
} from "../match/match.ts";
import { insertJobOfOrder } from "../model/jobs-store.ts";
import { redoxClient } from "../redox/client.ts";
import { resultsMessage } from "../redox/messages.ts";
import { accountOf, procedureCodeOf } from "../redox/order.ts";
import { redoxSettings } from "../redox/settings.ts";
import { unlessRedoxIsBusy, waitForRedox } from "../redox/waiting.ts";
import { appliesDetails, isPassing, tagIdsOf } from "./apply-details.ts";
import {
  asDelivery,
  contextOfOrder,
  createOrdered,
  LOOK_AGAIN_MS,
  OutOfOrder,
  PatientAppeared,
  shortened,
  waitForEarlier,
} from "./order-job.ts";
import {
  endMessage,
  findDestination,
  findEarlierOrder,
  keepOutcome,
  leaveQueue,
  refuseOutOfOrder,
} from "./orders-store.ts";

/** What was decided about an order, and is to be answered. */
interface Outcome {
  readonly kind: "matching" | "account";
  readonly isSuccess: boolean;
  readonly message: string;
  readonly at: number;
  readonly clinicId: string;
  readonly destinationId: string | undefined;
}

/** The wire texts of answers. */
const NO_PATIENT = "No matching patients were found";
const SEVERAL_PATIENTS = "Multiple matching patients were found";
const MATCHED = "Patient was successfully matched";
const CREATED = "Account was successfully created";

interface Processing extends Matched {
  readonly ctx: JobContext;
  /** How often somebody made the patient meanwhile. */
  readonly appeared: { times: number };
}

/**
 * Applies an order, then sends its answer. What it does and what is answered are one batch: an order that is repeated
 * after a crash is not decided again. What can't succeed later either is a final DeliveryError with its reason.
 */
export async function processOrder(work: JobWork, messageId: string): Promise<JobOutcome> {
  const ctx = contextOfOrder(work, { operationId: "ProcessEHRMessage", serviceId: "redox", requestId: messageId });
  const { message, clinics, earlier } = await ctx.read({
    message: findOrder(messageId),
    clinics: clinicsOfSource(messageId),
    earlier: findEarlierOrder(messageId),
  });
  if (!message || message.state === "done") return "done";
  const decided = parsedJson<Outcome>(message.outcome);
  if (decided) return answer(work, message, decided);
  const wait = waitForEarlier(messageId, work.now);
  if (earlier) return wait;
  try {
    const matched = matchedAmong(message, clinics);
    const appeared = { times: 0 };
    const outcome = await untilFresh(() => decide({ ...matched, ctx, appeared }));
    if (outcome === undefined) return ended(work, messageId, "no_such_procedure", null);
    return await answer(work, message, outcome);
  } catch (error) {
    if (error instanceof OutOfOrder) return wait;
    throw asDelivery(error);
  }
}

/** Does what an order asks for; undefined where its procedure asks for nothing. */
async function decide(it: Processing): Promise<Outcome | undefined> {
  const code = procedureCodeOf(it.order);
  const { enableSummaryReports, disableSummaryReports, createAccount, createAccountAndEnableReports } =
    it.settings.procedureCodes;
  const asksFor = (configured: string | undefined) => code !== undefined && code !== "" && code === configured;
  if (asksFor(enableSummaryReports)) return subscribe(it, true);
  if (asksFor(disableSummaryReports)) return subscribe(it, false);
  if (asksFor(createAccount)) return create(it, false);
  if (asksFor(createAccountAndEnableReports)) return createAndSubscribe(it);
  return undefined;
}

const clinicIdOf = ({ clinic }: Matched): string => clinic.clinic.id;

async function subscribe(it: Processing, isActive: boolean): Promise<Outcome> {
  const values = patientValuesOf(it);
  const found = values ? await matchPatients(it.ctx, clinicIdOf(it), ["MRN_DOB"], values) : [];
  return subscribeTo(it, found, isActive);
}

async function subscribeTo(it: Processing, found: readonly FoundPatient[], isActive: boolean): Promise<Outcome> {
  const { ctx, message } = it;
  const clinicId = clinicIdOf(it);
  const [patient] = found;
  if (!patient || found.length > 1) return conclude(it, matching(it, false, patient ? SEVERAL_PATIENTS : NO_PATIENT));
  const { userId } = patient.row;
  if (isOnlyTried(ctx.settings, message)) {
    const lastId = lastOrderOf(patient)?.id;
    const { last } = await ctx.read({ last: findOrder(lastId ?? "") });
    // A test does not take the place of what an EHR has really ordered.
    if (lastId !== undefined && last?.isTest !== 1) return conclude(it, matching(it, true, MATCHED));
  }
  const outcome = matching(it, true, MATCHED);
  const isInOrder = refuseOutOfOrder(message.id, () => new OutOfOrder());
  const concluded = [
    ...concluding(it, outcome),
    ...(isActive ? insertJobOfOrder(ctx, { clinicId, userId }, message.id) : []),
  ];
  if (isActive && !isSuperseded(patient, orderTime(message))) {
    const alongside = [...newestOrderSteps(it, userId, isActive, ctx.now), ...concluded];
    if (await appliesDetails(it, patient, [isInOrder], alongside)) return outcome;
  }
  await ctx.commit({
    clinicId,
    patientId: userId,
    answer: undefined,
    steps: [isInOrder, ...subscribeSteps(it, patient, isActive, ctx.now), ...concluded],
  });
  return outcome;
}

/** Whether an order is a test that this deployment does not answer. */
const isOnlyTried = (settings: JobWork["settings"], { isTest }: MessageRow): boolean =>
  isTest === 1 && !settings.of(redoxSettings).sendsTests;

/** The order that was last matched to the patient. */
const lastOrderOf = ({ row }: FoundPatient) =>
  parsedJson<{ summaryAndReports?: { matchedMessages?: { id?: string; at?: number }[] } }>(
    row.ehrSubscriptions,
  )?.summaryAndReports?.matchedMessages?.at(-1);

/** Whether a newer order was matched to the patient before. */
const isSuperseded = (patient: FoundPatient, at: number): boolean => (lastOrderOf(patient)?.at ?? at) > at;

async function create(it: Processing, isEnabled: boolean): Promise<Outcome> {
  const { ctx, order, settings, message } = it;
  const clinicId = clinicIdOf(it);
  const values = patientValuesOf(it);
  const found = values ? await matchPatients(ctx, clinicId, ["MRN", "DOB_FULLNAME"], values) : [];
  // One that has appeared and is not found now has an MRN that is the same but for case or width.
  if (found.length > 0 || it.appeared.times > 1) return conclude(it, account(it, false, "patient already exists"));
  const made = accountOf(order, settings.mrnIdType, ctx.now);
  if ("failure" in made) return conclude(it, account(it, false, made.failure));
  const outcome = account(it, true, CREATED);
  const tags = await tagIdsOf(it);
  try {
    await createOrdered(
      ctx,
      clinicId,
      { ...made.account, tags },
      patientWithMrn(clinicId, made.account.mrn),
      (userId) => [
        refuseOutOfOrder(message.id, () => new OutOfOrder()),
        ...(isEnabled ? newestOrderSteps(it, userId, true, ctx.now) : []),
        ...concluding(it, outcome),
      ],
    );
    return outcome;
  } catch (error) {
    if (error instanceof PatientAppeared) {
      it.appeared.times += 1;
      throw new StaleRead();
    }
    if (!(error instanceof Refusal) || isPassing(error)) throw error;
    const isTaken = error.code === EMAIL_IS_TAKEN;
    const text = isTaken ? "the email address is already in use" : shortened(error.message);
    return conclude(it, account(it, false, text));
  }
}

async function createAndSubscribe(it: Processing): Promise<Outcome> {
  const values = patientValuesOf(it);
  const found = values ? await matchPatients(it.ctx, clinicIdOf(it), ["MRN_DOB"], values) : [];
  return found.length === 0 ? create(it, true) : subscribeTo(it, found, true);
}

const outcomeOf =
  (kind: Outcome["kind"]) =>
  ({ settings, ctx, clinic }: Processing, isSuccess: boolean, message: string): Outcome => ({
    kind,
    isSuccess,
    message,
    at: ctx.now,
    clinicId: clinic.clinic.id,
    destinationId: settings.destinationIds?.results,
  });
const matching = outcomeOf("matching");
const account = outcomeOf("account");

/** The steps by which an order is decided: its answer is kept, and the next order of the patient may be applied. */
const concluding = ({ ctx, message }: Processing, outcome: Outcome): readonly Step[] => [
  keepOutcome(message.id, JSON.stringify(outcome)),
  ...leaveQueue(message.id, ctx.outboxBatch, ctx.now),
];

/** Decides an order that changes nothing. */
async function conclude(it: Processing, outcome: Outcome): Promise<Outcome> {
  await it.ctx.commit({
    clinicId: clinicIdOf(it),
    answer: undefined,
    steps: [refuseOutOfOrder(it.message.id, () => new OutOfOrder()), ...concluding(it, outcome)],
  });
  return outcome;
}

/** Sends what was decided, once, and ends the order. */
async function answer(work: JobWork, order: MessageRow, outcome: Outcome): Promise<JobOutcome> {
  const { id, message } = order;
  const { transport } = work.settings.of(redoxSettings);
  if (isOnlyTried(work.settings, order)) return ended(work, id, "test_order", null);
  if (!transport) return { waitUntil: work.now + LOOK_AGAIN_MS };
  // The settings may have been changed since it was decided.
  const { to } = await askingOf(work.db).read({
    to: findDestination(outcome.clinicId, order.sourceId, outcome.destinationId, work.now),
  });
  const destinationId = to?.destinationId;
  if (!destinationId) throw new DeliveryError("no_destination", { isFinal: true });
  if (to.pausedUntil !== null) return waitForRedox(to.pausedUntil, outcome.at);
  const results = resultsMessage({
    order: JSON.parse(message),
    source: transport.source,
    destinationId,
    at: outcome.at,
    kind: outcome.kind,
    isSuccess: outcome.isSuccess,
    message: outcome.message,
  });
  return unlessRedoxIsBusy(work, { askedAt: outcome.at, destinationIds: [destinationId] }, async () => {
    await redoxClient(transport).send(JSON.stringify(results));
    return ended(work, id, null, Date.now());
  });
}

const ended = (work: JobWork, messageId: string, reason: string | null, resultsSentAt: number | null): JobOutcome => ({
  done: true,
  finishing: [endMessage(messageId, { reason, resultsSentAt }), ...leaveQueue(messageId, work.outboxBatch, work.now)],
});
