import type { Context } from "hono";
import { faultOf, log } from "../core/log.ts";
import type { AppEnv } from "./operation.ts";

/**
 * Answers 200 with a streamed body, at most one part ahead of the reader. When a part fails, the connection is aborted,
 * so that no client takes a truncated body for the whole.
 */
export function streamed(
  c: Context<AppEnv>,
  parts: AsyncIterable<string | Uint8Array>,
  headers: Record<string, string>,
): Response {
  const { requestId, ctx } = c.var;
  const { operation, clinicId } = ctx.logFields();
  const tell = (level: "info" | "error", event: string, fault?: string) => {
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
  const made = parts[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await made.next();
          if (!done) return controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
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
