import type { z } from "@hono/zod-openapi";

/** A refusal as a form is given it. */
export interface ToldRefusal {
  readonly status: number;
  /** Identifies the reason: `code` of a refusal; `fault` where something failed. */
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
  /** What the caller calls the request in its own traces. */
  readonly trace: string;
  /** What was thrown, for a form that knows refusals of its own slice. */
  readonly error: unknown;
}

/** How an operation writes its refusals, where clients expect another form than `code` and `message`. */
export interface RefusalForm {
  readonly schema: z.ZodType;
  readonly bodyOf: (refusal: ToldRefusal) => object;
  /** Where the body is sent as another type than JSON, and as nothing else. */
  readonly mediaType?: string;
  /** What belongs to a refusal besides. */
  readonly headersOf?: (refusal: Pick<ToldRefusal, "status">) => Record<string, string>;
}
