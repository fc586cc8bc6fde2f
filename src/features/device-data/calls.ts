import type { Ctx } from "../../platform/context/context.ts";
import { constraintViolation, unavailable } from "../../platform/core/errors.ts";
import type { Bindings } from "../../platform/core/settings.ts";
import { type DataOwner, dataOwnerOf, type Outcome, type Write } from "./owner/bindings.ts";
import { closedSet, DataRefusal, unauthorized, unknownSet } from "./refusals.ts";

/** The objects that hold people's data, by the person. */
export type DataOwners = (userId: string) => Omit<DataOwner, keyof Rpc.DurableObjectBranded>;

/** The objects of a deployment. */
export const ownersOf =
  (bindings: Bindings): DataOwners =>
  (userId) =>
    dataOwnerOf(bindings, userId);

/** What a request says of where it comes from. */
export interface Origin {
  readonly sourceIp: string | undefined;
}

/** Who writes, for the object of the owner of the data. */
export function writeOf(ctx: Ctx, ownerId: string, { sourceIp }: Origin): Write {
  const { caller, now, requestId, operationId, replayKey: repeat } = ctx;
  const { clientId } = caller;
  return {
    ownerId,
    now,
    audit: {
      v: 1,
      at: now,
      requestId,
      actorKind: caller.kind,
      actorId: caller.id,
      operation: operationId,
      clinicId: null,
      patientIds: [ownerId],
      outcome: "changed",
    },
    repeat: repeat && { id: repeat.id, fingerprint: repeat.fingerprint, expiresAt: repeat.expiresAt },
    provenance: JSON.stringify({
      ...(clientId !== undefined && { clientID: clientId }),
      ...(caller.kind === "person" && { byUserID: caller.id }),
      ...(sourceIp !== undefined && { sourceIP: sourceIp }),
    }),
  };
}

/** Records that the caller was refused where that depends on more than their roles. */
export async function auditingRefusal<T>(ctx: Ctx, ownerId: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof DataRefusal && error.kind === "forbidden") ctx.auditRefusal(null, [ownerId]);
    throw error;
  }
}

/** Asks an object; one that can't be reached is worth another try. */
export async function reach<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw unavailable("the device data can't be reached now, try again", error);
  }
}

/** The answer of an object, or the refusal that says why it has changed nothing. */
export async function answerOf<T>(asked: Promise<Outcome<T>>, setId = ""): Promise<T> {
  const outcome = await reach(asked);
  if ("answer" in outcome) return outcome.answer;
  const { refused } = outcome;
  switch (refused) {
    case "unknown set":
      throw unknownSet(setId);
    case "closed set":
      throw closedSet(setId);
    case "not allowed":
      throw unauthorized();
    case "other request":
      throw constraintViolation("the Idempotency-Key was used for another request");
    default:
      throw new TakenIds(refused.takenIds);
  }
}

/** Ids that data of the same person have. */
export class TakenIds extends Error {
  static override readonly name: string = "TakenIds";
  readonly ids: ReadonlySet<string>;

  constructor(ids: readonly string[]) {
    super("ids are taken");
    this.ids = new Set(ids);
  }
}
