import type { Context, TypedResponse } from "hono";

/** An answer whose JSON is written already; `T` is what it says. */
export const asJson = <T>(c: Context, body: Uint8Array<ArrayBuffer>) =>
  c.body(body, 200, { "content-type": "application/json" }) as Response as Response & TypedResponse<T, 200, "json">;
