import { isOpaqueRedirect, NoAnswer, retryAfterOf } from "./error.ts";

/** What time is measured with and spent by. */
export interface Clock {
  now(): number;
  /** Resolves after this time; rejects as soon as the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

export interface AttemptSettings {
  readonly fetch: (request: Request) => Promise<Response>;
  /** How many attempts may follow the first. */
  readonly retries: number;
  /** Of one attempt, in milliseconds, until its answer has been read; until it begins where it is streamed. */
  readonly attemptTimeout: number;
  /** In milliseconds; who is asked to wait longer gives up. */
  readonly retryAfterMax: number;
  readonly clock: Clock;
}

/** Timers take a longer time for a millisecond. */
const TIMER_MS_MAX = 2 ** 31 - 1;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 10_000;
const WORTH_A_RETRY = new Set([429, 503]);

/**
 * Sends a request, again where the service was busy or could not be reached, and returns the last answer. Each attempt sends
 * the same bytes with the same headers, so a service that knows the Idempotency-Key does once what it is asked several times.
 */
export async function attempt(request: Request, isStreamed: boolean, settings: AttemptSettings): Promise<Response> {
  const { retries, clock } = settings;
  const body = await bodyOf(request);
  for (let n = 0; ; n++) {
    const isLast = n >= retries;
    let response: Response | undefined;
    try {
      response = await attemptOnce(request, body, isStreamed, settings);
      if (isLast || !WORTH_A_RETRY.has(response.status)) return response;
    } catch (error) {
      if (isLast) throw error;
    }
    const wait = waitAfter(n, response && retryAfterOf(response, clock.now()), settings);
    if (wait === undefined && response) return response;
    try {
      // Ends at once where it was the caller who ended the attempt.
      await clock.sleep(wait ?? 0, request.signal);
    } catch {
      throw new NoAnswer("aborted", request.signal.reason);
    }
  }
}

/** In milliseconds; undefined when it would be too long. Never shorter than the service asked for. */
function waitAfter(n: number, retryAfter: number | undefined, { retryAfterMax, clock }: AttemptSettings) {
  const backoff = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** n);
  if (retryAfter === undefined) return (backoff / 2) * (1 + clock.random());
  const asked = retryAfter * 1000;
  // Those who were told the same second do not all come back at its beginning.
  return asked > retryAfterMax ? undefined : asked + (backoff / 2) * clock.random();
}

async function attemptOnce(
  request: Request,
  body: ArrayBuffer | undefined,
  isStreamed: boolean,
  { fetch, attemptTimeout }: AttemptSettings,
): Promise<Response> {
  const { signal: given } = request;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), Math.min(attemptTimeout, TIMER_MS_MAX));
  const signal = AbortSignal.any([given, limit.signal]);
  const made = async () => {
    const response = await fetch(new Request(request, body === undefined ? { signal } : { body, signal }));
    // A refusal is an error, which has its text: it is read as all others are.
    return (isStreamed && response.ok) || isOpaqueRedirect(response) ? response : wholeOf(response);
  };
  try {
    return await unlessAborted(made, signal);
  } catch (error) {
    if (given.aborted) throw new NoAnswer("aborted", given.reason);
    throw new NoAnswer(limit.signal.aborted ? "timeout" : "network", error);
  } finally {
    clearTimeout(timer);
  }
}

/** A request is sent several times, and its body can be read once. */
async function bodyOf(request: Request): Promise<ArrayBuffer | undefined> {
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  return request.arrayBuffer();
}

/** The answer once all of it has arrived: one that breaks off is no answer. */
async function wholeOf(response: Response): Promise<Response> {
  const bytes = await response.arrayBuffer();
  const { status, statusText, headers } = response;
  return new Response(bytes.byteLength === 0 ? null : bytes, { status, statusText, headers });
}

/** What a function gives, or a rejection as soon as the signal is aborted, also when the function does not look at it. */
async function unlessAborted<T>(made: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([made(), aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

export const realClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(
        () => {
          signal.removeEventListener("abort", stop);
          resolve();
        },
        Math.min(milliseconds, TIMER_MS_MAX),
      );
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    }),
};
