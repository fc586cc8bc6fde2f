import type { HonoRequest } from "hono";
import { authenticate } from "../auth/authenticate.ts";
import type { Caller } from "../auth/caller.ts";
import { invalid, Refusal, tooManyRequests } from "../core/errors.ts";
import { type Bindings, settingsOf } from "../core/settings.ts";
import { networkOf } from "../limits/network.ts";

/** The parts of a request that authentication reads. */
export interface Presented {
  readonly env: Bindings;
  readonly req: HonoRequest;
}

/** How an operation authenticates its callers. */
export interface Authentication {
  readonly name: string;
  /** Its refusals by status, as published. A malformed request is 400 whatever the authentication. */
  readonly refusals: Readonly<Record<number, string>>;
  /** Whose requests are counted: those of the caller, by default; of another system; of an address, before anything is read. */
  readonly limitedBy?: "webhook" | "address";
  /** The caller of the request; throws a refusal when it can't be authenticated. */
  readonly callerOf: (request: Presented, now: number) => Promise<Caller>;
}

/** The binding counts whole minutes of the clock (wrangler.toml). */
const PERIOD_MS = 60_000;

/** A session token in its own header or as a bearer token: 400 without one, 401 with a bad one. */
export const sessionToken: Authentication = {
  name: "sessionToken",
  refusals: {
    400: "The token is missing, or the request is malformed; the message names what is wrong",
    401: "The token is invalid",
  },
  async callerOf({ env, req }, now) {
    const token = req.header("x-tidepool-session-token") || bearerToken(req.header("authorization"));
    if (!token) throw invalid("session token is missing");
    try {
      return await authenticate(settingsOf(env), token, now);
    } catch (error) {
      if (error instanceof Refusal && error.kind === "unauthorized") {
        const key = networkOf(req.header("cf-connecting-ip") ?? "unknown");
        // When the rate limiter fails, the request is let through: it protects against abuse, not access.
        const { success } = await env.REFUSED_TOKENS.limit({ key }).catch(() => ({ success: true }));
        if (!success) {
          throw tooManyRequests(
            "too many refused tokens, try again later",
            Math.ceil((PERIOD_MS - (now % PERIOD_MS)) / 1000),
          );
        }
      }
      throw error;
    }
  },
};

/** Nobody in particular, who may do this alone. */
export const anyone = (operationId: string): Authentication => ({
  name: "none",
  limitedBy: "address",
  refusals: {},
  callerOf: async () => ({ kind: "service", id: "anyone", scopes: new Set([operationId]) }),
});

function bearerToken(authorization: string | undefined): string | undefined {
  const match = /^bearer +(\S+)$/i.exec(authorization ?? "");
  return match?.[1];
}
