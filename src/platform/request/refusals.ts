import { type RouteConfig, z } from "@hono/zod-openapi";
import { BODY_BYTES_MAX } from "./validate.ts";
import type { Authentication } from "./authentication.ts";
import type { RefusalPage } from "./page.ts";
import type { RefusalForm } from "./refusal-form.ts";

export const ErrorBody = z
  .object({ code: z.int(), message: z.string() })
  .openapi("error.v1", { description: "Every refusal and failure." });

const ReasonedErrorBody = z
  .object({ code: z.int(), message: z.string(), reason: z.string() })
  .openapi("invitationError.v1", {
    description: "Every refusal and failure of an invitation operation; reason is the message.",
  });

const response = (description: string) => ({ description, content: { "application/json": { schema: ErrorBody } } });

const ALWAYS: Record<string, string> = {
  400: "The request is malformed; the message names what is wrong",
  403: "The caller may not do this",
  429: "Too many requests of this caller or from this address, or too many wrong guesses; try again after Retry-After seconds",
  503: "An upstream or the database could not answer, or there are too many concurrent changes; try again after Retry-After seconds",
};
const { 403: _, ...notForbidden } = ALWAYS;
const OR_NOT_ALLOWED = ", or the caller may not do this";
const OF_WRITES: Record<string, string> = {
  409: "A clinic it is about is being merged",
  422: "The Idempotency-Key was used for another request",
};
const ofBodies = (bytesMax: number): Record<string, string> => ({
  413: `The body is larger than ${bytesMax / 1024 ** 2} MiB`,
  415: "The body is not JSON, or has a Content-Encoding other than identity",
});

/** The error responses that are specific to an operation, each with its description. */
export function refusals<S extends number>(own: Record<S, string>): Record<S, ReturnType<typeof response>> {
  return described(own) as Record<S, ReturnType<typeof response>>;
}

const described = (reasons: Record<string, string>) =>
  Object.fromEntries(Object.entries(reasons).map(([status, reason]) => [status, response(reason)]));

/**
 * All responses of a route: its own, those of its authentication, and those common to all operations, to writes, or to
 * requests with a body.
 */
export function withCommonRefusals(
  operation: {
    readonly route: RouteConfig;
    readonly authentication: Pick<Authentication, "refusals">;
    readonly refusalPage: RefusalPage | undefined;
    readonly refusalForm: RefusalForm | undefined;
    readonly ownInput: { readonly bodyBytesMax: number } | undefined;
  },
  refusesWithReason: boolean,
): RouteConfig["responses"] {
  const { route } = operation;
  const { refusals: ofAuthentication } = operation.authentication;
  const common = {
    ...(refusesWithReason ? notForbidden : ALWAYS),
    ...ofAuthentication,
    ...(refusesWithReason ? { 401: `${ofAuthentication[401]}${OR_NOT_ALLOWED}` } : {}),
    ...(route.method === "get" ? {} : OF_WRITES),
    ...(route.request?.body ? ofBodies(operation.ownInput?.bodyBytesMax ?? BODY_BYTES_MAX) : {}),
  };
  const responses = { ...described(common), ...route.responses };
  if (operation.refusalPage) return refusedWith({ "text/html": { schema: z.string() } }, responses);
  if (operation.refusalForm) {
    return refusedWith(
      {
        [(operation.refusalForm.mediaType ?? "application/json").split(";")[0]!]: {
          schema: operation.refusalForm.schema,
        },
      },
      responses,
    );
  }
  return refusesWithReason ? refusedWith({ "application/json": { schema: ReasonedErrorBody } }, responses) : responses;
}

/** The responses with the bodies of refusals replaced. */
const refusedWith = (content: object, responses: RouteConfig["responses"]): RouteConfig["responses"] =>
  Object.fromEntries(
    Object.entries(responses).map(([status, response]) =>
      Number(status) < 400 ? [status, response] : [status, { ...response, content }],
    ),
  ) as RouteConfig["responses"];
