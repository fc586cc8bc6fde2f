import { z } from "zod";

const DELAY_MS_MAX = 120_000;
const TIMES_MAX = 1_000;
export const FAILURES_MAX = 20;

export const TARGETS = ["token", "endpoint", "upload"] as const;
export type Target = (typeof TARGETS)[number];

/** What a call of each asks for. */
export const TARGET_NAMES: Readonly<Record<Target, { readonly one: string; readonly several: string }>> = {
  token: { one: "access token", several: "access tokens" },
  endpoint: { one: "message", several: "messages" },
  upload: { one: "file upload", several: "file uploads" },
};

const on = z.enum(TARGETS);
const times = z.coerce.number().int().min(1).max(TIMES_MAX).default(1);
const status = z.coerce.number().int().min(400).max(599);

/** How the next calls go wrong. */
export const Failure = z.discriminatedUnion("kind", [
  /** Answers with an error and does nothing. */
  z.object({
    kind: z.literal("status"),
    on,
    times,
    status: status.default(503),
    retryAfterSeconds: z.coerce.number().int().min(0).max(86_400).optional(),
  }),
  /** Answers late, and as always. */
  z.object({ kind: z.literal("delay"), on, times, delayMs: z.coerce.number().int().min(1).max(DELAY_MS_MAX) }),
  /** Does everything and answers with an error, as when the connection breaks before the answer. */
  z.object({ kind: z.literal("drop-after"), on, times, status: status.default(500) }),
]);
export type Failure = z.output<typeof Failure>;

/** One or several; they replace those there were. Of several for one target the first is used up before the second. */
export const Failures = z.union([Failure.transform((one) => [one]), z.array(Failure).max(FAILURES_MAX)]);

export const described = (failure: Failure): string => {
  const { one, several } = TARGET_NAMES[failure.on];
  const next = failure.times === 1 ? `The next ${one}` : `The next ${failure.times} ${several}`;
  switch (failure.kind) {
    case "status": {
      const retry =
        failure.retryAfterSeconds === undefined ? "" : `, to be tried again after ${failure.retryAfterSeconds} s`;
      return `${next}: refused with ${failure.status}${retry}`;
    }
    case "delay":
      return `${next}: answered ${failure.delayMs} ms later`;
    case "drop-after":
      return `${next}: accepted and kept, then answered with ${failure.status}`;
  }
};
