import { DeliveryError } from "./delivery-error.ts";

/** Requests to other systems. What fails is a DeliveryError: final when a repeat would be refused the same way. */

interface Asked extends RequestInit {
  readonly timeoutMs: number;
}

/** The response to a request, whatever its status. Throws `<name>_timeout` or `<name>_unreachable`. */
export async function responseOf(name: string, url: string, { timeoutMs, ...init }: Asked): Promise<Response> {
  try {
    // Credentials and health data were meant for this address alone.
    return await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    const isTimeout = cause instanceof Error && (cause.name === "TimeoutError" || cause.name === "AbortError");
    throw new DeliveryError(`${name}_${isTimeout ? "timeout" : "unreachable"}`, { cause });
  }
}

/**
 * Frees the connection of a response whose body is not wanted. How that would have gone on says nothing any more: the other side
 * may have closed the connection in the middle, or never end.
 */
export const dropBody = ({ body }: Response): void => void body?.cancel().catch(() => undefined);

/** Client errors that a repeat may cure. */
const PASSING = new Set([401, 408, 425, 429]);

/** The response, if it is a success. What an error says is dropped unread: it may repeat what was sent. */
export async function accepted(name: string, response: Response): Promise<Response> {
  if (response.ok) return response;
  dropBody(response);
  const { status } = response;
  const isFinal = status >= 400 && status < 500 && !PASSING.has(status);
  throw new DeliveryError(`${name}_${status}`, { isFinal, ...retryAfterOf(response) });
}

const RETRY_AFTER_SECONDS_MAX = 24 * 3600;
/** The three forms of RFC 9110 begin with the day; a parser of dates finds one in nearly any text with a number. */
const HTTP_DATE = /^(?:mon|tue|wed|thu|fri|sat|sun)/i;

/** Retry-After of RFC 9110: seconds, however many, or a date. */
export function retryAfterOf(response: Response): { retryAfterSeconds?: number } {
  const value = response.headers.get("retry-after")?.trim() ?? "";
  const at = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((at - Date.now()) / 1000);
  return seconds > 0 ? { retryAfterSeconds: Math.min(seconds, RETRY_AFTER_SECONDS_MAX) } : {};
}

/** Our choice: above the length of any answer that we use. */
const ANSWER_BYTES_MAX = 1024 * 1024;

/** The JSON object of a response; throws `<name>_unreadable` for what is no JSON, cut off or too long. */
export async function jsonOf<T extends object>(name: string, response: Response): Promise<Partial<T>> {
  try {
    const body = await boundedJson(response);
    return typeof body === "object" && body !== null ? body : {};
  } catch (cause) {
    throw new DeliveryError(`${name}_unreadable`, { cause });
  }
}

/** The JSON of a response; throws whatever went wrong where it is none, cut off or too long. */
export const boundedJson = async (response: Response): Promise<unknown> => JSON.parse(await boundedText(response));

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (size > ANSWER_BYTES_MAX) throw new Error("the answer is too long");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Gives access until an instant in epoch milliseconds. */
interface AccessToken {
  readonly value: string;
  readonly usableUntil: number;
}

/** The access tokens of this isolate, by what they were issued to. */
export class AccessTokens {
  readonly #tokens = new Map<string, AccessToken>();

  /** Sends a request with a token; once more with a new one where it is refused: tokens may be ended early. */
  async use(
    key: string,
    fetchToken: () => Promise<AccessToken>,
    request: (bearer: string) => Promise<Response>,
  ): Promise<Response> {
    const first = await request(await this.#token(key, fetchToken));
    if (first.status !== 401) return first;
    dropBody(first);
    this.#tokens.delete(key);
    return request(await this.#token(key, fetchToken));
  }

  clear(): void {
    this.#tokens.clear();
  }

  async #token(key: string, fetchToken: () => Promise<AccessToken>): Promise<string> {
    const known = this.#tokens.get(key);
    if (known && known.usableUntil > Date.now()) return known.value;
    const fresh = await fetchToken();
    this.#tokens.set(key, fresh);
    return fresh.value;
  }
}

const TOKEN_TIMEOUT_MS = 10_000;

/** Asks for a token (RFC 6749, client credentials). It is not used in its last `reserveMs`. */
export async function accessToken(
  name: string,
  url: string,
  it: {
    readonly form: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly reserveMs: number;
  },
): Promise<AccessToken> {
  const asked = Date.now();
  const response = await responseOf(name, url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json", ...it.headers },
    body: new URLSearchParams({ grant_type: "client_credentials", ...it.form }),
    timeoutMs: TOKEN_TIMEOUT_MS,
  });
  if (!response.ok) {
    dropBody(response);
    // Credentials are corrected by an operator: no refusal of a token is final.
    throw new DeliveryError(`${name}_${response.status}`, { ...retryAfterOf(response) });
  }
  const body = await jsonOf<{ access_token?: unknown; expires_in?: unknown }>(name, response);
  if (typeof body.access_token !== "string" || !/^[\x21-\x7e]+$/.test(body.access_token)) {
    throw new DeliveryError(`${name}_unreadable`);
  }
  const seconds = Number(body.expires_in);
  const lifetimeMs = Number.isFinite(seconds) ? seconds * 1000 : 0;
  return { value: body.access_token, usableUntil: asked + lifetimeMs - it.reserveMs };
}
