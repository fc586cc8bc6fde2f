import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { Refusal } from "../core/errors.ts";
import { faultOf, log } from "../core/log.ts";
import { Misconfigured } from "../core/settings.ts";
import type { AppEnv } from "./operation.ts";
import { Replayed } from "./replay.ts";

const RETRY_AFTER_SECONDS = "2";

/** Turns whatever was thrown into the one error shape; what nobody foresaw becomes a 500 that says nothing. */
export function answerError(error: unknown, c: Context<AppEnv>): Response {
  if (error instanceof Replayed) {
    return new Response(error.body, {
      status: error.status,
      headers: {
        "idempotent-replayed": "true",
        ...(error.body === null ? {} : { "content-type": "application/json" }),
      },
    });
  }
  if (error instanceof Refusal) {
    const headers: Record<string, string> =
      error.kind === "unavailable" || error.kind === "tooManyRequests" ? { "retry-after": RETRY_AFTER_SECONDS } : {};
    if (error.status >= 500) {
      log("warn", "unavailable", { requestId: c.var.requestId, status: error.status, fault: faultOf(error.cause) });
    }
    return c.json(bodyOf(c, error.status, error.message), error.status, headers);
  }
  if (error instanceof Misconfigured) {
    log("error", "misconfigured", { requestId: c.var.requestId, fault: error.message });
    return c.json({ code: 503, message: "the service is not configured" }, 503, { "retry-after": "30" });
  }
  if (error instanceof HTTPException && error.status < 500) {
    return c.json({ code: error.status, message: "bad request" }, error.status);
  }
  log("error", "fault", { requestId: c.var.requestId, status: 500, fault: faultOf(error) });
  return c.json(bodyOf(c, 500, "Internal Server Error"), 500);
}

function bodyOf(c: Context<AppEnv>, code: number, message: string) {
  const ctx = c.var.ctx as AppEnv["Variables"]["ctx"] | undefined;
  return ctx?.hasReasons ? { code, message, reason: message } : { code, message };
}
