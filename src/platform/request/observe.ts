import type { Context } from "hono";
import { log } from "../core/log.ts";
import { settingsOf } from "../core/settings.ts";
import type { AppEnv } from "./operation.ts";

const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;
const TRACE_LENGTH_MAX = 64;
const TRACE = /^[\x21-\x7e]+$/;
const QUIET_PATHS = new Set(["/health", "/ready"]);

/** The name a caller gives a request or a session in its own traces, if it can be told back. */
function traceOf(header: string | undefined): string | undefined {
  const trace = header?.slice(0, TRACE_LENGTH_MAX);
  return trace !== undefined && TRACE.test(trace) ? trace : undefined;
}

/**
 * Assigns the request id. What it returns is called with the headers of the answer: it tells the id and the caller's names of
 * request and session back, outside production also Server-Timing, and writes one log line.
 */
export function observe(c: Context<AppEnv>): (headers: Headers) => void {
  const started = performance.now();
  const given = c.req.header("x-request-id");
  const made = crypto.randomUUID();
  const requestId = given !== undefined && REQUEST_ID.test(given) ? given : made;
  const trace = traceOf(c.req.header("x-tidepool-trace-request")) ?? made.replaceAll("-", "");
  const session = traceOf(c.req.header("x-tidepool-trace-session"));
  c.set("requestId", requestId);
  c.set("trace", trace);
  return (headers) => {
    const ctx = c.get("ctx") as AppEnv["Variables"]["ctx"] | undefined;
    const usage = ctx?.db.usage;
    headers.set("x-request-id", requestId);
    headers.set("x-tidepool-trace-request", trace);
    if (session !== undefined) headers.set("x-tidepool-trace-session", session);
    const bookmark = ctx?.db.bookmark;
    if (bookmark) headers.set("x-d1-bookmark", bookmark);
    if (usage && !settingsOf(c.env).isProduction) {
      const { calls, ms, rowsRead, rowsWritten } = usage;
      headers.set(
        "server-timing",
        `d1;dur=${ms.toFixed(1)};desc="calls=${calls} rows_read=${rowsRead} rows_written=${rowsWritten}"`,
      );
    }
    if (QUIET_PATHS.has(c.req.path)) return;
    const status = c.res.status;
    log(status >= 500 ? "error" : status >= 400 ? "warn" : "info", "request", {
      requestId,
      method: c.req.method,
      status,
      durationMs: Math.round(performance.now() - started),
      ...ctx?.logFields(),
      d1Calls: usage?.calls,
      d1RowsRead: usage?.rowsRead,
      d1RowsWritten: usage?.rowsWritten,
    });
  };
}
