import type { SQL } from "drizzle-orm";
import { DeliveryError } from "../../../platform/core/delivery-error.ts";
import { Refusal } from "../../../platform/core/errors.ts";
import { refuseIfFound, type Step } from "../../../platform/db/guard.ts";
import { JobContext, type JobIdentity } from "../../../platform/outbox/job-context.ts";
import type { JobOutcome, JobWork } from "../../../platform/outbox/registry.ts";
import { refuseDuringMerge } from "../../merges/model/merge-guards.ts";
import { createCustodialPatient } from "../../patients/custody/create-custodial-patient.ts";
import { isPassing } from "./apply-details.ts";
import { earlierOrder } from "./orders-store.ts";

/** What the jobs that apply orders have in common, whichever service brought the order. */

/** An earlier order makes this one due; should that be missed, it looks again after this time. */
export const LOOK_AGAIN_MS = 60_000;

/** An order of the same patient that is earlier has arrived meanwhile. */
export class OutOfOrder extends Error {
  static override readonly name: string = "OutOfOrder";
}
/** Somebody has made the patient meanwhile. */
export class PatientAppeared extends Error {
  static override readonly name: string = "PatientAppeared";
}

/** Lets an order wait for an earlier one of the same patient. */
export const waitForEarlier = (messageId: string, now: number): JobOutcome => ({
  waitUntil: now + LOOK_AGAIN_MS,
  waitsFor: earlierOrder(messageId),
});

/** The context in which an order is applied: with the verbs that requests use. */
export const contextOfOrder = (work: JobWork, identity: JobIdentity): JobContext =>
  new JobContext(work, identity, (clinicId) => refuseDuringMerge(clinicId));

/** The detail of a refusal without its kind: `bad request: mrn must be unique` → `mrn must be unique`. */
export const shortened = (message: string): string => message.replace(/^[a-z ]+: /, "");

/** A refusal as the end of an attempt: final, with its reason in the form of ours, unless a later one may succeed. */
export function asDelivery(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  if (isPassing(error)) return new DeliveryError(error.code, { cause: error });
  const reason = shortened(error.message)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_");
  return new DeliveryError(reason, { isFinal: true, cause: error });
}

/** Makes the patient that an order asks for, and in the same batch what else it does. PatientAppeared if the query finds one. */
export async function createOrdered(
  ctx: JobContext,
  clinicId: string,
  input: Parameters<typeof createCustodialPatient>[2],
  appeared: SQL,
  alongside: (userId: string) => readonly Step[],
): Promise<void> {
  ctx.before = [refuseIfFound(appeared, () => new PatientAppeared())];
  ctx.alongside = alongside;
  try {
    await createCustodialPatient(ctx, clinicId, input);
  } finally {
    ctx.alongside = undefined;
    ctx.before = [];
  }
}
