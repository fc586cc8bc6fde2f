import { expect } from "vitest";
import { type ClientSettings, ClinicsError, createClient } from "../../client/index.ts";

/** What a request of a client comes to: an answer, a failure of the network, or nothing at all. */
export type Scripted = Response | Error | "silence";

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly text: string;
}

/** Time as tests have it: it passes at once, and is written down. */
export function testClock({ random = 0 } = {}) {
  const waits: number[] = [];
  return {
    waits,
    now: () => Date.parse("2027-01-15T08:00:00Z"),
    random: () => random,
    sleep: async (milliseconds: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      waits.push(milliseconds);
    },
  };
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

export const busy = (retryAfter?: string): Response =>
  json({ code: 503, message: "try later" }, 503, retryAfter === undefined ? {} : { "retry-after": retryAfter });

/** A client whose requests come to what the script says, in its order; one more than that is an error. */
export function scripted(script: readonly Scripted[], settings: Partial<ClientSettings> = {}) {
  const sent: Sent[] = [];
  const clock = testClock();
  const remaining = [...script];
  const client = createClient({
    baseUrl: "https://clinics.test",
    token: "token-1",
    clock,
    ...settings,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      sent.push({ method, path: `${pathname}${search}`, headers, text: await request.text() });
      const next = remaining.shift();
      if (next === "silence") return new Promise<never>(() => undefined);
      if (next instanceof Response) return next;
      throw next ?? new Error("one request more than the script has");
    },
  });
  return { client, sent, waits: clock.waits, remaining };
}

/** The error that a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<ClinicsError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ClinicsError);
  return error as ClinicsError;
}
