/** What is known of a request that went wrong. */
interface Failing {
  readonly status: number;
  readonly code: number | string;
  readonly message: string;
  readonly operation: string;
  readonly requestId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly body?: unknown;
  readonly cause?: unknown;
}

/**
 * Every way in which a request can fail. Nothing else is thrown by an operation.
 *
 * `message` is the text of the service where it gave one. It may name what was sent: show it, but think before logging it.
 * All other fields except `body` and `cause` can be logged.
 */
export class ClinicsError extends Error {
  override readonly name = "ClinicsError";
  /** The HTTP status of the answer; 0 when there was none. */
  readonly status: number;
  /**
   * As the body of the answer has it: the status once more, or for device data a word such as `data_cant_view`.
   *
   * Without an answer it is `network` (after the last attempt), `timeout` (likewise), `aborted` (by the caller's signal) or
   * `unsent` (the request could not be made, or the token was not to be had). Of an answer that can't be read it is
   * `unreadable`, of a redirect in a browser, which does not say its status, `redirect`.
   */
  readonly code: number | string;
  /** Method and path template, such as `GET /v1/clinics/{clinicId}`: no id of anything is in it. */
  readonly operation: string;
  /** Under which the service has logged the request; worth telling those who operate it. */
  readonly requestId: string | undefined;
  /** How long the service asked to wait. */
  readonly retryAfterSeconds: number | undefined;
  /** The body of the answer, parsed where it was JSON: some refusals say more than a message. */
  readonly body: unknown;

  constructor(failing: Failing) {
    super(failing.message, failing.cause === undefined ? undefined : { cause: failing.cause });
    this.status = failing.status;
    this.code = failing.code;
    this.operation = failing.operation;
    this.requestId = failing.requestId;
    this.retryAfterSeconds = failing.retryAfterSeconds;
    this.body = failing.body;
  }
}

/** A request that got no answer, as the layer of attempts knows it. */
export class NoAnswer extends Error {
  readonly code: "network" | "timeout" | "aborted";

  constructor(code: NoAnswer["code"], cause: unknown) {
    super(MESSAGES[code], { cause });
    this.code = code;
  }
}

const MESSAGES = {
  network: "the service could not be reached",
  timeout: "the service did not answer in time",
  aborted: "the request was aborted",
} as const;

/** Makes one error of whatever went wrong: `thrown` is the parsed body of a refusal, or what was thrown on the way. */
export function errorOf(operation: string, thrown: unknown, response: Response | undefined): ClinicsError {
  if (thrown instanceof ClinicsError) return thrown;
  if (thrown instanceof NoAnswer) {
    return new ClinicsError({ status: 0, code: thrown.code, message: thrown.message, operation, cause: thrown.cause });
  }
  if (response === undefined) {
    const message = `the request could not be sent: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    return new ClinicsError({ status: 0, code: "unsent", message, operation, cause: thrown });
  }
  const requestId = response.headers.get("x-request-id") ?? undefined;
  const { status } = response;
  if (response.ok) return unreadable({ status, operation, requestId, cause: thrown });
  if (isOpaqueRedirect(response)) {
    const message = "the service answered with a redirect, which is not followed";
    return new ClinicsError({ status, code: "redirect", message, operation });
  }
  return new ClinicsError({
    status,
    ...told(thrown, status),
    operation,
    requestId,
    retryAfterSeconds: retryAfterOf(response, Date.now()),
    body: thrown,
  });
}

/** The error of a success that is not what it should be. */
export const unreadable = (failing: Omit<Failing, "code" | "message">): ClinicsError =>
  new ClinicsError({ ...failing, code: "unreadable", message: "the answer can't be read" });

/** What a browser gives of a redirect that it does not follow: that there is one. */
export const isOpaqueRedirect = ({ type }: Response): boolean => (type as string) === "opaqueredirect";

/** Code and message, wherever the body of a refusal has them. */
function told(body: unknown, status: number): { code: number | string; message: string } {
  const own = fieldsOf(body);
  const first = fieldsOf(Array.isArray(own.errors) ? own.errors[0] : undefined);
  const code = [own.code, first.code].find((it) => typeof it === "number" || typeof it === "string");
  const texts = [own.message, own.detail, first.detail, own.title, first.title];
  const message = texts.find((it) => typeof it === "string" && it !== "");
  return {
    code: (code as number | string) ?? status,
    message: (message as string) ?? `the service answered ${status}`,
  };
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

/** The three forms of RFC 9110 begin with the day; a parser of dates finds one in nearly any text with a number. */
const HTTP_DATE = /^(?:mon|tue|wed|thu|fri|sat|sun)/i;

/**
 * Retry-After of RFC 9110, in seconds or as a date, in seconds from now; undefined where there is none to read. A date is one of the
 * service's clock, which the answer's own date tells; where that can't be read, as in a browser, the caller's has to do.
 */
export function retryAfterOf(response: Response, now: number): number | undefined {
  const value = response.headers.get("retry-after")?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const at = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  const answered = Date.parse(response.headers.get("date") ?? "");
  return Number.isNaN(at) ? undefined : Math.max(0, (at - (Number.isNaN(answered) ? now : answered)) / 1000);
}
