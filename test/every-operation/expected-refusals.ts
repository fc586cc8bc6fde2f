import { expect } from "vitest";
import { EXPECTED } from "./expected-access.ts";

/** How an operation writes its refusals: clients of device data expect forms of their own. */

interface Titled {
  readonly code: string;
  readonly title: string;
}

const OTHERS: Readonly<Record<number, Titled>> = {
  400: { code: "bad-request", title: "request is not valid" },
  401: { code: "unauthenticated", title: "authentication token is invalid" },
  413: { code: "resource-too-large", title: "resource is too large" },
  415: { code: "media-type-not-supported", title: "media type is not supported" },
  422: { code: "idempotency-key-used", title: "idempotency key was used for another request" },
};

function titled(name: string, status: number): Titled {
  if (status !== 403) return OTHERS[status]!;
  const token = EXPECTED[name]!.form === "inEnvelope" ? "auth" : "authentication";
  return { code: "unauthorized", title: `${token} token is not authorized for requested action` };
}

/** The code of an OperationOutcome's issue. */
const ISSUES: Readonly<Record<number, string>> = { 401: "login", 403: "forbidden", 404: "not-found", 413: "too-long" };

/** The body of a refusal for a reason that any operation may have; the message may be what `expect` takes for one. */
export function refusalBody(name: string, status: number, message: unknown, issueCode = ISSUES[status]): unknown {
  const { form, refusedAs401 } = EXPECTED[name] ?? {};
  if (form === undefined) {
    const plain = { code: status, message };
    return refusedAs401 ? { ...plain, reason: message } : plain;
  }
  if (form === "outcome") {
    const issue = { severity: "error", details: { text: message }, diagnostics: expect.any(String) };
    return { resourceType: "OperationOutcome", issue: [{ ...issue, code: issueCode ?? expect.any(String) }] };
  }
  const { code, title } = titled(name, status);
  const fault = { code, title, detail: status === 403 ? title : message };
  if (status === 401 || form === "asItIs") return fault;
  if (form === "inEnvelope") {
    return {
      errors: [{ ...fault, status: String(status) }],
      meta: { trace: { request: expect.stringMatching(/^[0-9a-f]{32}$/) } },
    };
  }
  return status === 403
    ? { status, id: expect.any(String), code: "data_cant_view", message: "user is not authorized to view data" }
    : { status, id: expect.any(String), code: code.replaceAll("-", "_"), message };
}

/** What somebody is told who may not call an operation. */
export function notAllowed(name: string): { readonly status: number; readonly body: unknown } {
  const [status, message] = EXPECTED[name]?.refusedAs401
    ? ([401, "Not authorized for requested operation"] as const)
    : ([403, "security requirements failed: the subject is not authorized for the requested action"] as const);
  return { status, body: refusalBody(name, status, message) };
}

/** What somebody is told who sends no token. */
export function withoutToken(name: string): { readonly status: number; readonly body: unknown } {
  const status = EXPECTED[name]?.form === undefined ? 400 : 401;
  return { status, body: refusalBody(name, status, "session token is missing") };
}

interface Told {
  readonly message?: string;
  readonly detail?: string;
  readonly issue?: readonly { readonly details: { readonly text: string } }[];
  readonly errors?: readonly { readonly detail: string }[];
}

/** The words of a refusal, whatever its form. */
export const wordsOf = (body: Told | undefined): string =>
  body?.message ??
  body?.detail ??
  body?.issue?.[0]?.details.text ??
  (body?.errors ?? []).map(({ detail }) => detail).join("; ");
