import { z } from "zod";

const DELAY_MS_MAX = 120_000;
const TIMES_MAX = 1_000;
export const FAILURES_MAX = 20;

/** What the calls are called that a stand-in answers, by the name of their target. */
export type Targets = Readonly<
  Record<string, { readonly label: string; readonly one: string; readonly several: string }>
>;

export type Failure = z.output<ReturnType<typeof failuresOf>["one"]>;

/** How the next calls of a stand-in go wrong: one instruction, or a list that replaces those there were. */
export function failuresOf(targets: Targets) {
  const on = z.enum(Object.keys(targets));
  const times = z.coerce.number().int().min(1).max(TIMES_MAX).default(1);
  const status = z.coerce.number().int().min(400).max(599);
  const one = z.discriminatedUnion("kind", [
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
  /** Of several for one target the first is used up before the second. */
  const several = z.union([one.transform((failure) => [failure]), z.array(one).max(FAILURES_MAX)]);
  return { one, several };
}

export const described = (failure: Failure, targets: Targets): string => {
  const { one, several } = targets[failure.on] ?? { one: failure.on, several: failure.on };
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
