import type { Context } from "hono";
import { faultOf, log } from "../core/log.ts";
import { utf8 } from "../core/utf8.ts";
import type { AppEnv } from "./operation.ts";

/** Says in the log how a stream has ended. */
function tellerOf(c: Context<AppEnv>) {
  const [requestId, ctx] = [c.get("requestId"), c.get("ctx")];
  const { operation, clinicId } = ctx.logFields();
  return (level: "info" | "warn" | "error", event: string, fault?: string): void => {
    const { calls, rowsRead } = ctx.db.usage;
    log(level, event, {
      requestId,
      operation,
      clinicId,
      d1Calls: calls,
      d1RowsRead: rowsRead,
      ...(fault && { fault }),
    });
  };
}

/**
 * Answers 200 with what another object sends, as it comes: no part of it passes through here. When that ends early, the
 * connection is aborted, so that no client takes a truncated body for the whole.
 */
export function passedOn(
  c: Context<AppEnv>,
  body: ReadableStream<Uint8Array>,
  headers: Record<string, string>,
): Response {
  const tell = tellerOf(c);
  const { readable, writable } = new IdentityTransformStream();
  // The response that is under way keeps this alive.
  void body.pipeTo(writable).then(
    () => tell("info", "streamed"),
    // By the object, or by a client that has left.
    (error: unknown) => tell("warn", "stream ended early", faultOf(error)),
  );
  return c.body(readable, 200, headers);
}

/**
 * Answers 200 with a streamed body, at most one part ahead of the reader. When a part fails, the connection is aborted,
 * so that no client takes a truncated body for the whole.
 */
export function streamed(
  c: Context<AppEnv>,
  parts: AsyncIterable<string | Uint8Array>,
  headers: Record<string, string>,
): Response {
  const tell = tellerOf(c);
  const made = parts[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await made.next();
          if (!done) return controller.enqueue(typeof value === "string" ? utf8(value) : value);
          controller.close();
          tell("info", "streamed");
        } catch (error) {
          tell("error", "stream broken", faultOf(error));
          controller.error(new Error("the rest could not be made"));
        }
      },
      async cancel() {
        await made.return?.();
        tell("info", "stream left");
      },
    },
    { highWaterMark: 0 },
  );
  return c.body(body, 200, headers);
}
