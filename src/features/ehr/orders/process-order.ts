import { JobContext } from "../../../platform/outbox/job-context.ts";
import { EMAIL_IS_TAKEN } from "../../../platform/accounts/directory.ts";
import { DeliveryError } from "../../../platform/core/delivery-error.ts";
import { Refusal } from "../../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../../platform/core/stale.ts";
import { parsedJson } from "../../../platform/core/wire.ts";
import { refuseIfFound, type Step } from "../../../platform/db/guard.ts";
import type { JobOutcome, JobWork } from "../../../platform/outbox/registry.ts";
import type { EhrSettings } from "../../clinics/model/settings-schema.ts";
import type { WholeClinic } from "../../clinics/model/store.ts";
import { refuseDuringMerge } from "../../merges/model/merge-guards.ts";
import { createCustodialPatient } from "../../patients/custody/create-custodial-patient.ts";
import { recordOrder } from "../../patients/model/ehr-subscriptions-store.ts";
import { type FoundPatient, onePatient } from "../../patients/model/read.ts";
import { clinicsOfSource, findOrder, keyOfPatient, patientWithMrn } from "../match/match-store.ts";
import {
  matchedAmong,
  type Matched,
  matchPatients,
  orderOfSubscription,
  orderTime,
  patientValuesOf,
  subscribeSteps,
} from "../match/match.ts";
import { insertJobOfOrder } from "../model/jobs-store.ts";
import { recordMatch } from "../model/messages-store.ts";
import { redoxClient } from "../redox/client.ts";
import { resultsMessage } from "../redox/messages.ts";
import { accountOf, procedureCodeOf } from "../redox/order.ts";
import { redoxSettings } from "../redox/settings.ts";
import { applyTagsAndAddress, isPassing, tagIdsOf } from "./apply-details.ts";
import {
  earlierOrder,
  endMessage,
  findEarlierOrder,
  keepOutcome,
  leaveQueue,
  refuseOutOfOrder,
} from "./orders-store.ts";

/** An earlier order makes this one due; should that be missed, it looks again after this time. */
const LOOK_AGAIN_MS = 60_000;

/** What was decided about an order, and is to be answered. */
interface Outcome {
  readonly kind: "matching" | "account";
  readonly isSuccess: boolean;
  readonly message: string;
  readonly at: number;
  readonly destinationId: string | undefined;
}

/** The wire texts of answers. */
const NO_PATIENT = "No matching patients were found";
const SEVERAL_PATIENTS = "Multiple matching patients were found";
const MATCHED = "Patient was successfully matched";
const CREATED = "Account was successfully created";

/** An order of the same patient that is earlier has arrived meanwhile. */
class OutOfOrder extends Error {}
/** Somebody has made a patient with the same MRN meanwhile. */
class PatientAppeared extends Error {}

interface Processing extends Matched {
  readonly ctx: JobContext;
  readonly work: JobWork;
}

/**
 * Applies an order, then sends its answer. What it does and what is answered are one batch: an order that is repeated
 * after a crash is not decided again. What can't succeed later either is a final DeliveryError with its reason.
 */
export async function processOrder(work: JobWork, messageId: string): Promise<JobOutcome> {
  const ctx = contextOf(work, messageId);
  const { message, clinics, earlier } = await ctx.read({
    message: findOrder(messageId),
    clinics: clinicsOfSource(messageId),
    earlier: findEarlierOrder(messageId),
  });
  if (!message || message.state === "done") return "done";
  const decided = parsedJson<Outcome>(message.outcome);
  if (decided) {
    // The settings may have been completed since.
    const destinationId = decided.destinationId ?? destinationOf(clinics);
    return answer(work, messageId, message.isTest === 1, JSON.parse(message.message), { ...decided, destinationId });
  }
  const wait = { waitUntil: work.now + LOOK_AGAIN_MS, waitsFor: earlierOrder(messageId) };
  if (earlier) return wait;
  try {
    const matched = matchedAmong(message, clinics);
    const outcome = await untilFresh(() => decide({ ...matched, ctx, work }));
    if (outcome === undefined) return ended(work, messageId, "no_such_procedure", null);
    return await answer(work, messageId, message.isTest === 1, JSON.parse(message.message), outcome);
  } catch (error) {
    if (error instanceof OutOfOrder) return wait;
    throw asDelivery(error);
  }
}

const destinationOf = ([clinic]: readonly WholeClinic[]): string | undefined =>
  parsedJson<EhrSettings>(clinic?.clinic.ehrSettings ?? null)?.destinationIds?.results;

const contextOf = (work: JobWork, messageId: string): JobContext =>
  new JobContext(work, { operationId: "ProcessEHRMessage", serviceId: "redox", requestId: messageId }, (clinicId) =>
    refuseDuringMerge(clinicId),
  );

function asDelivery(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  if (isPassing(error)) return new DeliveryError(error.code, { cause: error });
  const reason = error.message
    .replace(/^[a-z ]+: /, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_");
  return new DeliveryError(reason, { isFinal: true, cause: error });
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
  if (isActive && !isSuperseded(patient, orderTime(message))) await applyTagsAndAddress(it, patient);
  const outcome = matching(it, true, MATCHED);
  await ctx.commit({
    clinicId,
    patientId: userId,
    answer: undefined,
    steps: [
      refuseOutOfOrder(message.id, () => new OutOfOrder()),
      ...subscribeSteps(it, patient, isActive, ctx.now),
      ...concluding(it, outcome),
    ],
    outbox: isActive ? insertJobOfOrder(ctx, { clinicId, userId }, message.id) : [],
  });
  return outcome;
}

/** Whether a newer order was matched to the patient before. */
function isSuperseded({ row }: FoundPatient, at: number): boolean {
  const subscriptions = parsedJson<{ summaryAndReports?: { matchedMessages?: { at?: number }[] } }>(
    row.ehrSubscriptions,
  );
  return (subscriptions?.summaryAndReports?.matchedMessages?.at(-1)?.at ?? at) > at;
}

async function create(it: Processing, isEnabled: boolean): Promise<Outcome> {
  const { ctx, order, settings, message } = it;
  const clinicId = clinicIdOf(it);
  const values = patientValuesOf(it);
  const found = values ? await matchPatients(ctx, clinicId, ["MRN", "DOB_FULLNAME"], values) : [];
  if (found.length > 0) return conclude(it, account(it, false, "patient already exists"));
  const made = accountOf(order, settings.mrnIdType, ctx.now);
  if ("failure" in made) return conclude(it, account(it, false, made.failure));
  const outcome = account(it, true, CREATED);
  const tags = await tagIdsOf(it);
  ctx.alongside = (userId) => [
    refuseOutOfOrder(message.id, () => new OutOfOrder()),
    ...(isEnabled
      ? [
          recordOrder(onePatient(clinicId, userId), orderOfSubscription(message, true), ctx.now),
          recordMatch(message.id, keyOfPatient(clinicId, userId)),
        ]
      : []),
    ...concluding(it, outcome),
  ];
  ctx.before = [refuseIfFound(patientWithMrn(clinicId, made.account.mrn), () => new PatientAppeared())];
  try {
    await createCustodialPatient(ctx, clinicId, { ...made.account, tags });
    return outcome;
  } catch (error) {
    if (error instanceof PatientAppeared) throw new StaleRead();
    if (!(error instanceof Refusal) || isPassing(error)) throw error;
    const isTaken = error.code === EMAIL_IS_TAKEN;
    const text = isTaken ? "the email address is already in use" : shortened(error.message);
    ctx.before = [];
    return conclude(it, account(it, false, text));
  } finally {
    ctx.alongside = undefined;
    ctx.before = [];
  }
}

/** The detail of a refusal without its kind: `bad request: mrn must be unique` → `mrn must be unique`. */
const shortened = (message: string): string => message.replace(/^[a-z ]+: /, "");

async function createAndSubscribe(it: Processing): Promise<Outcome> {
  const values = patientValuesOf(it);
  const found = values ? await matchPatients(it.ctx, clinicIdOf(it), ["MRN_DOB"], values) : [];
  return found.length === 0 ? create(it, true) : subscribeTo(it, found, true);
}

const outcomeOf =
  (kind: Outcome["kind"]) =>
  ({ settings, ctx }: Processing, isSuccess: boolean, message: string): Outcome => ({
    kind,
    isSuccess,
    message,
    at: ctx.now,
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
async function answer(
  work: JobWork,
  messageId: string,
  isTest: boolean,
  message: unknown,
  outcome: Outcome,
): Promise<JobOutcome> {
  const { transport, sendsTests } = work.settings.of(redoxSettings);
  if (isTest && !sendsTests) return ended(work, messageId, "test_order", null);
  if (!transport) return { waitUntil: work.now + LOOK_AGAIN_MS };
  if (outcome.destinationId === undefined) throw new DeliveryError("no_destination", { isFinal: true });
  const results = resultsMessage({
    order: message,
    source: transport.source,
    destinationId: outcome.destinationId,
    at: outcome.at,
    kind: outcome.kind,
    isSuccess: outcome.isSuccess,
    message: outcome.message,
  });
  await redoxClient(transport).send(JSON.stringify(results));
  return ended(work, messageId, null, Date.now());
}

const ended = (work: JobWork, messageId: string, reason: string | null, resultsSentAt: number | null): JobOutcome => ({
  done: true,
  finishing: [endMessage(messageId, { reason, resultsSentAt }), ...leaveQueue(messageId, work.outboxBatch, work.now)],
});
