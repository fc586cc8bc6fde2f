import { TokenExpired } from "../../platform/auth/authenticate.ts";
import { type Authentication, sessionToken } from "../../platform/request/authentication.ts";
import { unauthorized } from "../../platform/core/errors.ts";
import type { RefusalForm, ToldRefusal } from "../../platform/request/refusal-form.ts";
import { BASE_PATH } from "./model/resource.ts";
import { outcome } from "./model/outcome.ts";
import { FHIR_JSON, FhirResource } from "./schema.ts";

/** A session token; but clients of FHIR expect 401 where there is none. */
const fhirToken: Authentication = {
  name: "sessionToken",
  refusals: { 400: "The request is malformed; the issue says what is wrong", 401: "The token is missing or invalid" },
  async callerOf(request, now) {
    if (!request.req.header("x-tidepool-session-token") && !request.req.header("authorization")) {
      throw unauthorized("session token is missing");
    }
    return sessionToken.callerOf(request, now);
  },
};

/** The code of an issue by status; a refusal whose own code is one of these says it itself. */
const CODES: Readonly<Record<number, string>> = {
  400: "value",
  401: "login",
  403: "forbidden",
  404: "not-found",
  405: "not-supported",
  406: "not-supported",
  410: "deleted",
  413: "too-long",
  415: "not-supported",
  422: "business-rule",
  429: "throttled",
  500: "exception",
  503: "transient",
};
const OWN = new Set(["required", "not-supported", "structure"]);

function codeOf({ status, code, error }: Pick<ToldRefusal, "status" | "code" | "error">): string {
  if (error instanceof TokenExpired) return "expired";
  return OWN.has(code) ? code : (CODES[status] ?? "invalid");
}

/** An OperationOutcome, whatever the request asks for. */
export const outcomeForm: RefusalForm = {
  schema: FhirResource,
  mediaType: `${FHIR_JSON}; charset=utf-8`,
  headersOf: ({ status }): Record<string, string> => (status === 401 ? { "www-authenticate": "Bearer" } : {}),
  bodyOf: (refusal) => outcome([["error", codeOf(refusal), refusal.message]], refusal.requestId),
};

/** What holds for the base and all that is below it. */
export const fhirSurface = {
  isAt: (path: string): boolean => path === BASE_PATH || path.startsWith(`${BASE_PATH}/`),
  authentication: fhirToken,
  refusalForm: outcomeForm,
  refusalPage: undefined,
};
