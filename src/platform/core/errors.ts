/** The kinds of refusal. Only request/answer-error.ts turns one into a response. */
export type RefusalKind =
  | "badRequest"
  | "unauthorized"
  | "paymentRequired"
  | "forbidden"
  | "notFound"
  | "methodNotAllowed"
  | "notAcceptable"
  | "conflict"
  | "gone"
  | "preconditionFailed"
  | "bodyTooLarge"
  | "unsupportedMediaType"
  | "constraintViolation"
  | "tooManyRequests"
  | "unavailable";

export const STATUS = {
  badRequest: 400,
  unauthorized: 401,
  paymentRequired: 402,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  notAcceptable: 406,
  conflict: 409,
  gone: 410,
  preconditionFailed: 412,
  bodyTooLarge: 413,
  unsupportedMediaType: 415,
  constraintViolation: 422,
  tooManyRequests: 429,
  unavailable: 503,
} as const satisfies Record<RefusalKind, number>;

/** Refuses a request. The message is part of the published contract and never contains personal data. */
export class Refusal extends Error {
  static override readonly name: string = "Refusal";
  readonly kind: RefusalKind;
  /** Identifies the reason for code and log lines; the kind by default. */
  readonly code: string;

  constructor(kind: RefusalKind, message: string, options: ErrorOptions & { readonly code?: string } = {}) {
    super(message, options);
    this.kind = kind;
    this.code = options.code ?? kind;
  }

  get status() {
    return STATUS[this.kind];
  }
}

/** A refusal that is worth a retry: the same request may succeed after `seconds`. */
export class TryLater extends Refusal {
  static override readonly name: string = "TryLater";
  readonly seconds: number;

  constructor(kind: RefusalKind, message: string, seconds: number) {
    super(kind, message);
    this.seconds = seconds;
  }
}

/** A refusal with additional fields; `details` is added to the response beside the message, `headers` to its own. */
export class DetailedRefusal extends Refusal {
  static override readonly name: string = "DetailedRefusal";
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Record<string, string>;

  constructor(refusal: Refusal, details: Readonly<Record<string, unknown>>, headers: Record<string, string> = {}) {
    super(refusal.kind, refusal.message, { code: refusal.code });
    this.details = details;
    this.headers = headers;
  }
}

export const badRequest = (detail?: string) =>
  new Refusal("badRequest", detail === undefined ? "bad request" : `bad request: ${detail}`);
/** A 400 with exactly this message. */
export const invalid = (message: string) => new Refusal("badRequest", message);
export const unauthorized = (message: string) => new Refusal("unauthorized", message);
export const paymentRequired = (detail: string) => new Refusal("paymentRequired", `payment required: ${detail}`);
export const forbidden = () =>
  new Refusal("forbidden", "security requirements failed: the subject is not authorized for the requested action");
/** Missing permission on the invitation operations: 401. */
export const notAuthorized = () => unauthorized("Not authorized for requested operation");
export const tooManyRequests = (message: string, seconds: number) => new TryLater("tooManyRequests", message, seconds);
export const notFound = (what?: string) =>
  new Refusal("notFound", what === undefined ? "not found" : `${what} not found`);
export const duplicate = (detail: string, code?: string) =>
  new Refusal("conflict", `duplicate: ${detail}`, code === undefined ? {} : { code });
export const conflict = (detail?: string) =>
  new Refusal("conflict", detail === undefined ? "conflict" : `conflict: ${detail}`);
export const constraintViolation = (detail: string) =>
  new Refusal("constraintViolation", `constraint violation: ${detail}`);
/** The record is not in a state that If-Match names. */
export const changedMeanwhile = () =>
  new Refusal("preconditionFailed", "precondition failed: the record is not the one of If-Match");
/** The record is in a state that If-None-Match names. */
export const isAsTold = () =>
  new Refusal("preconditionFailed", "precondition failed: the record is one of If-None-Match");
/** Whether an error is the refusal with this code. */
export const isRefusal = (error: unknown, code: string): error is Refusal =>
  error instanceof Refusal && error.code === code;

export const unavailable = (message: string, cause?: unknown) => new Refusal("unavailable", message, { cause });
