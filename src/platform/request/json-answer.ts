import type { Context, TypedResponse } from "hono";

/** A 200 response whose body is already serialised JSON of type `T`. */
export const asJson = <T>(c: Context, body: Uint8Array<ArrayBuffer>) =>
  c.body(body, 200, { "content-type": "application/json" }) as Response as Response & TypedResponse<T, 200, "json">;
