import type { Context } from "hono";
import type { Caller } from "../auth/caller.ts";
import { Refusal, tooManyRequests } from "../core/errors.ts";
import { type Bindings, settingsOf } from "../core/settings.ts";
import { networkOf } from "../limits/network.ts";
import { type Limit, limitSettings } from "../limits/settings.ts";
import { type Taken, Window } from "../limits/window.ts";
import type { Authentication } from "./authentication.ts";
import type { AppEnv } from "./operation.ts";

/** Who comes without an address comes from no network: only tests and bound services do. */
const NOWHERE = "unknown";

const none = () => ({ person: new Window(), service: new Window(), webhook: new Window(), address: new Window() });

/**
 * In the memory of the isolate, so that counting takes no round trip: each isolate counts by itself, and a new one begins with
 * nothing. These limits protect the service from being kept busy; no access depends on them.
 */
let counted = none();

/** Begins to count with nothing, as a new isolate does. */
export const forgetAttempts = (): void => void (counted = none());

type Kind = keyof typeof counted;

/** An attempt with the limit it counted against. */
export interface TakenFrom extends Taken {
  readonly limit: Limit;
}

/** Counts an attempt; throws a 429 when there were too many, after `tell` has been called with what is left. */
function spend(bindings: Bindings, kind: Kind, key: string, tell?: (taken: TakenFrom) => void): void {
  const limit = settingsOf(bindings).of(limitSettings)[kind];
  const taken = counted[kind].take(key, limit, Date.now());
  tell?.({ ...taken, limit });
  if (taken.isRefused) throw tooManyRequests("too many requests, try again later", taken.moreIn);
}

/** The network a request comes from; undefined where that is not known. */
export function networkOfRequest(c: Context<AppEnv>): string | undefined {
  const address = c.req.header("cf-connecting-ip");
  return address === undefined ? undefined : networkOf(address);
}

const tellIn = (c: Context<AppEnv>) => (taken: TakenFrom) => c.set("taken", taken);

/** Counts a request whose caller is nobody in particular. */
export const spendOfAddress = (c: Context<AppEnv>): void =>
  spend(c.env, "address", networkOfRequest(c) ?? NOWHERE, tellIn(c));

/** Counts a request, or a call, of somebody known. */
export const spendOfCaller = (c: Context<AppEnv>, caller: Caller, isWebhook: boolean): void =>
  spend(c.env, isWebhook ? "webhook" : caller.kind, caller.id, tellIn(c));

/** Counts a call of a bound service that is no request. */
export const spendOfService = (bindings: Bindings, name: string): void => spend(bindings, "service", name);

/** The caller of a request, if they have not called too often; one who can't be authenticated is counted by address. */
export async function authenticated(c: Context<AppEnv>, by: Authentication, now: number): Promise<Caller> {
  if (by.limitedBy === "address") spendOfAddress(c);
  try {
    return await by.callerOf(c, now);
  } catch (error) {
    if (error instanceof Refusal && error.status < 500 && by.limitedBy !== "address") spendOfAddress(c);
    throw error;
  }
}

/** Tells in every answer, also in refusals and replays, what is left of the limit that the request counted against. */
export function tellLimit(c: Context<AppEnv>, headers: Headers): void {
  const taken = c.get("taken");
  if (!taken) return;
  const { limit, remaining, moreIn } = taken;
  headers.set("ratelimit-policy", limit.policy);
  headers.set("ratelimit", `"${limit.name}";r=${remaining};t=${moreIn}`);
}
