import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { DetailedRefusal, Refusal, TryLater } from "../core/errors.ts";
import { faultOf, log } from "../core/log.ts";
import { Misconfigured } from "../core/settings.ts";
import { DatabaseFault } from "../db/client.ts";
import type { AppEnv } from "./operation.ts";
import { Replayed } from "./replays-store.ts";

const RETRY_AFTER_SECONDS = "2";

/** Renders any thrown value as the one error shape; an unexpected error becomes a 500 without details. */
export function answerError(error: unknown, c: Context<AppEnv>, hasReason: boolean): Response {
  const bodyOf = (code: number, message: string) =>
    hasReason ? { code, message, reason: message } : { code, message };
  if (error instanceof Replayed) return answerReplay(error);
  if (error instanceof Refusal) {
    const headers: Record<string, string> =
      error.kind === "unavailable" || error.kind === "tooManyRequests"
        ? { "retry-after": error instanceof TryLater ? String(error.seconds) : RETRY_AFTER_SECONDS }
        : {};
    if (error.status >= 500) {
      const { cause } = error;
      log("warn", "unavailable", { ...whereIn(c), status: error.status, reason: error.code, ...faultFields(cause) });
    }
    const details = error instanceof DetailedRefusal ? error.details : {};
    return c.json({ ...bodyOf(error.status, error.message), ...details }, error.status, headers);
  }
  if (error instanceof Misconfigured) {
    log("error", "misconfigured", { ...whereIn(c), fault: error.message });
    return c.json(bodyOf(503, "the service is not configured"), 503, { "retry-after": "30" });
  }
  if (error instanceof HTTPException && error.status < 500) {
    return c.json(bodyOf(error.status, "bad request"), error.status);
  }
  log("error", "fault", { ...whereIn(c), status: 500, ...faultFields(error) });
  return c.json(bodyOf(500, "Internal Server Error"), 500);
}

/** Request id and operation, so that the log line can be matched with the stack of the fault. */
function whereIn(c: Context<AppEnv>) {
  const ctx = c.var.ctx as AppEnv["Variables"]["ctx"] | undefined;
  return { requestId: c.var.requestId, operation: ctx?.logFields().operation };
}

const faultFields = (error: unknown) => ({
  fault: faultOf(error),
  statements: error instanceof DatabaseFault ? error.statements : undefined,
});

/** Replays the first response. A plain-text body is stored as a JSON string; no other response is one. */
function answerReplay({ status, body }: Replayed): Response {
  const isText = body?.startsWith('"');
  return new Response(isText ? (JSON.parse(body!) as string) : body, {
    status,
    headers: {
      "idempotent-replayed": "true",
      ...(body === null ? {} : { "content-type": isText ? "text/plain; charset=UTF-8" : "application/json" }),
    },
  });
}
