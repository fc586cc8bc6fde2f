import { remember } from "./asked-for.ts";
import { attempt, type Clock, realClock } from "./attempts.ts";
import { errorOf } from "./error.ts";
import { type Client, createClient as createGeneratedClient, createConfig } from "./generated/client/index.ts";

export interface ClientSettings {
  /** Where the service is, such as `https://clinics.example`; `/v1` at its end is left out. */
  readonly baseUrl: string;
  /**
   * The session token of the person or service that calls, or a function that gives it: it is called once a request, so it
   * may fetch a new one when the old one is about to expire. Without a token only operations that take none succeed.
   */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Instead of the global `fetch`: what sends a request. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** How many attempts may follow the first; 4 unless given, 0 for none. */
  readonly retries?: number | undefined;
  /**
   * How long an attempt may take until its answer has been read, in milliseconds; 30 seconds unless given. Of an answer that
   * is read as a stream (`parseAs: "stream"`) it limits the time until it begins, unless that is a refusal.
   */
  readonly attemptTimeout?: number | undefined;
  /** The longest wait that the service may ask for, in milliseconds; 30 seconds unless given. Longer ones are an error. */
  readonly retryAfterMax?: number | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For tests: instead of the time that passes. */
  readonly clock?: Clock | undefined;
}

/** Paths of operations have `/v1` where they need it. */
function baseOf(url: string): string {
  // Within a page an address may be relative.
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname, username, password, search, hash } = new URL(url);
  // localhost:8787 is an address with the scheme localhost.
  if (protocol !== "https:" && protocol !== "http:") throw new TypeError("baseUrl begins with https:// or http://");
  if (username + password + search + hash !== "")
    throw new TypeError("baseUrl is an address without credentials, ? and #");
  return `${protocol}//${host}${pathname.replace(/\/+$/, "").replace(/\/v1$/, "")}`;
}

const TOKEN_HEADER = "x-tidepool-session-token";
const KEY_HEADER = "idempotency-key";
const BOOKMARK_HEADER = "x-d1-bookmark";
const RETRIES = 4;
const ATTEMPT_TIMEOUT_MS = 30_000;
const RETRY_AFTER_MAX_MS = 30_000;

/**
 * What operations are called with: `listClinics({ client })`.
 *
 * Every request except GET gets an `Idempotency-Key`, unless the call has its own, and all its attempts send the same one:
 * what is asked for is done once, however often it is sent. 429, 503 and failures of the network are retried, later each
 * time, and never sooner than `Retry-After` says.
 *
 * A client reads what it has written: it sends the newest `x-d1-bookmark` it was given with the next request. One client is
 * for one caller; making one costs nothing.
 */
export function createClient(settings: ClientSettings): Client {
  const { token } = settings;
  const attempts = {
    // Browsers refuse a fetch that is called as a method of something else; one that is replaced later is to be used.
    fetch: settings.fetch ?? ((request: Request) => globalThis.fetch(request)),
    retries: settings.retries ?? RETRIES,
    attemptTimeout: settings.attemptTimeout ?? ATTEMPT_TIMEOUT_MS,
    retryAfterMax: settings.retryAfterMax ?? RETRY_AFTER_MAX_MS,
    clock: settings.clock ?? realClock,
  };
  const streamed = new WeakSet<Request>();
  let bookmark = "";

  const client = createGeneratedClient(
    createConfig({
      baseUrl: baseOf(settings.baseUrl),
      throwOnError: true,
      // The token is for this service: what an answer leads to may be somebody else, and a write would arrive there as a GET.
      redirect: "manual",
      ...(settings.headers && { headers: { ...settings.headers } }),
      // Redox and Xealth have secrets of their own: calls in their place bring the header themselves.
      auth: ({ name }) => (name === TOKEN_HEADER ? (typeof token === "function" ? token() : token) : undefined),
      fetch: ((request: Request) => attempt(request, streamed.has(request), attempts)) as typeof globalThis.fetch,
    }),
  );
  client.interceptors.request.use((request, { parseAs, path, url }) => {
    refuseOtherPath(url, path);
    const { headers, method } = request;
    if (method !== "GET" && method !== "HEAD" && !headers.has(KEY_HEADER)) {
      headers.set(KEY_HEADER, crypto.randomUUID());
    }
    if (bookmark !== "" && !headers.has(BOOKMARK_HEADER)) headers.set(BOOKMARK_HEADER, bookmark);
    if (parseAs === "stream") streamed.add(request);
    return request;
  });
  client.interceptors.response.use((response, _request, { parseAs = "auto", method, url }) => {
    remember(response, operationNamed(method, url));
    // A page of what stands before the service, such as a login: it says nothing of what was asked.
    if (response.ok && parseAs === "auto" && /^text\/html\b/i.test(response.headers.get("content-type") ?? "")) {
      throw new TypeError("a page instead of an answer");
    }
    // They sort as time passes, and answers need not arrive in the order in which they were given.
    const given = response.headers.get(BOOKMARK_HEADER) ?? "";
    if (given > bookmark) bookmark = given;
    return response;
  });
  client.interceptors.error.use((thrown, response, _request, { method, url }) =>
    errorOf(operationNamed(method, url), thrown, response),
  );
  return client;
}

/** What addresses leave out or go up by: with one of these the request would be that of another operation. */
const NO_SEGMENT: ReadonlySet<unknown> = new Set(["", ".", ".."]);

function refuseOtherPath(template: string, path: Readonly<Record<string, unknown>> = {}): void {
  for (const [, name = ""] of template.matchAll(/\{(\w+)\}/g)) {
    if (NO_SEGMENT.has(path[name] ?? "")) throw new TypeError(`path.${name} names nothing`);
  }
}

const operationNamed = (method: string | undefined, url: string): string => `${(method ?? "GET").toUpperCase()} ${url}`;
