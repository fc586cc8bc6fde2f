import type { Context, TypedResponse } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { DetailedRefusal, Refusal, TryLater } from "../core/errors.ts";
import { faultOf, log } from "../core/log.ts";
import { Misconfigured, settingsOf } from "../core/settings.ts";
import { StaleRead, tooManyChanges } from "../core/stale.ts";
import { DatabaseFault } from "../db/client.ts";
import type { AppEnv, Operation } from "./operation.ts";
import { answerProblem, wantsProblem } from "./problem.ts";
import { Replayed } from "./replays-store.ts";

const RETRY_AFTER_SECONDS = "2";
const MISCONFIGURED_RETRY_AFTER_SECONDS = "30";

/** What a caller is told of an error. */
interface Told {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly message: string;
  readonly headers?: Record<string, string>;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** How an operation renders its refusals. */
export type Rendering = Partial<Pick<Operation, "refusesWithReason" | "refusalPage" | "refusalForm">>;

/**
 * Renders any thrown value as the one error shape, or in the form or as the page of an operation that has its own; an
 * unexpected error becomes a 500 without details.
 */
export function answerError(
  error: unknown,
  c: Context<AppEnv>,
  { refusesWithReason, refusalPage, refusalForm }: Rendering,
): Response {
  if (error instanceof Replayed) return answerReplay(error);
  const told = tellOf(error, c);
  const { status, code, message, headers, details } = told;
  const ownBody = () => {
    const [requestId, trace] = [c.get("requestId"), c.get("trace")];
    return refusalForm?.bodyOf({ status, code, message, requestId, trace, error });
  };
  if (refusalForm?.mediaType !== undefined) {
    const own = { ...headers, ...refusalForm.headersOf?.(told), "content-type": refusalForm.mediaType };
    return c.body(JSON.stringify(ownBody()), status, own);
  }
  if (wantsProblem(c)) return answerProblem(c, told, ownBody() ?? details ?? {}, headers);
  if (refusalPage) {
    const settings = error instanceof Misconfigured ? undefined : settingsOf(c.env);
    const page = refusalPage({ status, code, requestId: c.get("requestId"), settings });
    return c.html(page.html, status, { ...headers, ...page.headers });
  }
  if (refusalForm) return c.json(ownBody()!, status, headers);
  const reason = refusesWithReason ? { reason: message } : {};
  return c.json({ code: status, message, ...reason, ...details }, status, headers);
}

/** Renders a refusal that is not thrown, because headers belong to it, in the form the caller asks for. */
export const answerRefusal = <S extends ContentfulStatusCode>(
  c: Context<AppEnv>,
  told: { readonly status: S; readonly code: string; readonly message: string },
) =>
  (wantsProblem(c)
    ? answerProblem(c, told, {}, undefined)
    : c.json({ code: told.status, message: told.message }, told.status)) as Response &
    TypedResponse<{ code: number; message: string }, S, "json">;

/** Logs what an operator needs to know of an error, and decides what its caller is told. */
function tellOf(error: unknown, c: Context<AppEnv>): Told {
  // Of a verb that does not read again itself.
  if (error instanceof StaleRead) return tellOf(tooManyChanges(), c);
  if (error instanceof Refusal) {
    const isWorthRetry = error.kind === "unavailable" || error.kind === "tooManyRequests";
    const seconds = error instanceof TryLater ? String(error.seconds) : RETRY_AFTER_SECONDS;
    const { status, code, message, cause } = error;
    if (status >= 500) log("warn", "unavailable", { ...whereIn(c), status, reason: code, ...faultFields(cause) });
    return {
      status,
      code,
      message,
      ...(isWorthRetry && { headers: { "retry-after": seconds } }),
      ...(error instanceof DetailedRefusal && { details: error.details, headers: error.headers }),
    };
  }
  if (error instanceof Misconfigured) {
    log("error", "misconfigured", { ...whereIn(c), fault: error.message });
    const headers = { "retry-after": MISCONFIGURED_RETRY_AFTER_SECONDS };
    return { status: 503, code: "unavailable", message: "the service is not configured", headers };
  }
  if (error instanceof HTTPException && error.status < 500) {
    return { status: error.status, code: "badRequest", message: "bad request" };
  }
  log("error", "fault", { ...whereIn(c), status: 500, ...faultFields(error) });
  return { status: 500, code: "fault", message: "Internal Server Error" };
}

/** Request id and operation, so that the log line can be matched with the stack of the fault. */
function whereIn(c: Context<AppEnv>) {
  const ctx = c.get("ctx") as AppEnv["Variables"]["ctx"] | undefined;
  return { requestId: c.get("requestId"), operation: ctx?.logFields().operation };
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
