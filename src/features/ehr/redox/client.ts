import { importPKCS8, SignJWT } from "jose";
import { DeliveryError } from "../../../platform/core/delivery-error.ts";
import type { RedoxTransport } from "./settings.ts";

/** Sends messages and files to Redox. Both throw DeliveryError: final when a repeat would be refused the same way. */
export interface Redox {
  /** Sends the JSON text of a message; resolves once Redox has accepted it. */
  readonly send: (message: BodyInit) => Promise<void>;
  /** Uploads a file; its address in Redox's store. */
  readonly upload: (file: Uint8Array<ArrayBuffer>) => Promise<string>;
}

const ALGORITHM = "RS384";
const ASSERTION_SECONDS = 300;
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** A token is not used in its last minute. */
const TOKEN_RESERVE_MS = 60_000;
const TOKEN_TIMEOUT_MS = 10_000;
/** With the token's, and one repeat after a 401, an attempt stays below its lease. */
const SEND_TIMEOUT_MS = 25_000;
const RETRY_AFTER_SECONDS_MAX = 24 * 3600;
const URI_LENGTH_MAX = 2048;

interface Token {
  readonly value: string;
  readonly usableUntil: number;
}

/** The tokens of this isolate, by client and endpoint. */
const tokens = new Map<string, Token>();

/** Clears this isolate's memory of tokens. */
export const forgetRedoxTokens = (): void => tokens.clear();

export function redoxClient(transport: RedoxTransport): Redox {
  const key = `${transport.clientId} ${transport.keyId} ${transport.tokenUrl}`;

  const token = async (): Promise<string> => {
    const known = tokens.get(key);
    if (known && known.usableUntil > Date.now()) return known.value;
    const fresh = await fetchToken(transport);
    tokens.set(key, fresh);
    return fresh.value;
  };

  const post = async (url: string, makeBody: () => BodyInit, headers: Record<string, string>): Promise<Response> => {
    const request = async (bearer: string) =>
      responseOf("redox", url, {
        method: "POST",
        headers: { ...headers, authorization: `Bearer ${bearer}` },
        body: makeBody(),
        timeoutMs: SEND_TIMEOUT_MS,
      });
    const first = await request(await token());
    if (first.status !== 401) return accepted("redox", first);
    // Redox may have ended a token early: once with a new one.
    await first.body?.cancel();
    tokens.delete(key);
    return accepted("redox", await request(await token()));
  };

  return {
    async send(message) {
      const response = await post(transport.endpointUrl, () => message, { "content-type": "application/json" });
      await response.body?.cancel();
    },
    async upload(file) {
      const form = () => {
        const data = new FormData();
        data.set("file", new Blob([file], { type: "application/pdf" }), "report.pdf");
        return data;
      };
      const response = await post(transport.uploadUrl ?? "", form, {});
      const { URI } = await jsonOf<{ URI?: unknown }>("redox_upload", response);
      if (typeof URI !== "string" || URI === "" || URI.length > URI_LENGTH_MAX) {
        throw new DeliveryError("redox_upload_unreadable");
      }
      return URI;
    },
  };
}

async function fetchToken(transport: RedoxTransport): Promise<Token> {
  const asked = Date.now();
  const issuedAt = Math.floor(asked / 1000);
  const assertion = new SignJWT(transport.audience === undefined ? {} : { aud: transport.audience })
    .setProtectedHeader({ alg: ALGORITHM, kid: transport.keyId, typ: "JWT" })
    .setIssuer(transport.clientId)
    .setSubject(transport.clientId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ASSERTION_SECONDS)
    .setJti(crypto.randomUUID());
  let signed: string;
  try {
    signed = await assertion.sign(await importPKCS8(transport.privateKey, ALGORITHM));
  } catch (cause) {
    // Nothing can be sent until the configuration is corrected; entries wait for that.
    throw new DeliveryError("redox_key_unusable", { cause });
  }
  const response = await responseOf("redox_token", transport.tokenUrl, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: signed,
    }),
    timeoutMs: TOKEN_TIMEOUT_MS,
  });
  if (!response.ok) {
    await response.body?.cancel();
    // Credentials are corrected by an operator: no refusal of a token is final.
    throw new DeliveryError(`redox_token_${response.status}`, { ...retryAfterOf(response) });
  }
  const body = await jsonOf<{ access_token?: unknown; expires_in?: unknown }>("redox_token", response);
  if (typeof body.access_token !== "string" || !/^[\x21-\x7e]+$/.test(body.access_token)) {
    throw new DeliveryError("redox_token_unreadable");
  }
  const seconds = Number(body.expires_in);
  const lifetimeMs = Number.isFinite(seconds) ? seconds * 1000 : 0;
  return { value: body.access_token, usableUntil: asked + lifetimeMs - TOKEN_RESERVE_MS };
}

interface Asked extends RequestInit {
  readonly timeoutMs: number;
}

async function responseOf(name: string, url: string, { timeoutMs, ...init }: Asked): Promise<Response> {
  try {
    // Credentials and health data were meant for this address alone.
    return await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    const isTimeout = cause instanceof Error && (cause.name === "TimeoutError" || cause.name === "AbortError");
    throw new DeliveryError(`${name}_${isTimeout ? "timeout" : "unreachable"}`, { cause });
  }
}

/** Client errors that a repeat may cure. */
const PASSING = new Set([401, 408, 425, 429]);

/** The response, if it is a success. What an error says is dropped unread: it may repeat what was sent. */
async function accepted(name: string, response: Response): Promise<Response> {
  if (response.ok) return response;
  await response.body?.cancel();
  const { status } = response;
  const isFinal = status >= 400 && status < 500 && !PASSING.has(status);
  throw new DeliveryError(`${name}_${status}`, { isFinal, ...retryAfterOf(response) });
}

/** Retry-After of RFC 9110: seconds or a date. */
function retryAfterOf(response: Response): { retryAfterSeconds?: number } {
  const value = response.headers.get("retry-after")?.trim() ?? "";
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000);
  if (!Number.isFinite(seconds) || seconds <= 0) return {};
  return { retryAfterSeconds: Math.min(seconds, RETRY_AFTER_SECONDS_MAX) };
}

async function jsonOf<T extends object>(name: string, response: Response): Promise<Partial<T>> {
  try {
    const body = await response.json<unknown>();
    return typeof body === "object" && body !== null ? body : {};
  } catch (cause) {
    throw new DeliveryError(`${name}_unreadable`, { cause });
  }
}
