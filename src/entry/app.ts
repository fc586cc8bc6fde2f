import { OpenAPIHono } from "@hono/zod-openapi";
import { getPath } from "hono/utils/url";
import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { TrieRouter } from "hono/router/trie-router";
import { secureHeaders } from "hono/secure-headers";
import { clinicsAsTenants } from "../features/access/clinics-as-tenants.ts";
import { fhirSurface } from "../features/fhir/surface.ts";
import { Refusal } from "../platform/core/errors.ts";
import { settingsOf } from "../platform/core/settings.ts";
import { answerHeaders } from "../platform/request/answer-headers.ts";
import { answerError, answerRefusal } from "../platform/request/answer-error.ts";
import { sessionToken } from "../platform/request/authentication.ts";
import { identify } from "../platform/request/identify.ts";
import { limited } from "../platform/request/limited.ts";
import { knowsPath, mount } from "../platform/request/mount.ts";
import { observe } from "../platform/request/observe.ts";
import type { AppEnv, Operation } from "../platform/request/operation.ts";
import { sandbox } from "../platform/request/sandbox.ts";
import { health } from "./health.ts";
import { missingPage } from "./missing-page.ts";
import { operations } from "./operations.ts";

const REQUEST_HEADERS = [
  "accept",
  "authorization",
  "content-type",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "if-range",
  "prefer",
  "range",
  "x-d1-bookmark",
  "x-request-id",
  "x-tidepool-session-token",
  "x-tidepool-trace-request",
  "x-tidepool-trace-session",
];
const RESPONSE_HEADERS = [
  "accept-ranges",
  "content-disposition",
  "content-range",
  "etag",
  "idempotent-replayed",
  "last-modified",
  "link",
  "location",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "server-timing",
  "www-authenticate",
  "x-d1-bookmark",
  "x-next-cursor",
  "x-request-id",
  "x-tidepool-trace-request",
  "x-tidepool-trace-session",
];

/** Each operation with whether it is at a path: their patterns are made once. */
const withPaths = (operations: readonly Operation[]) =>
  operations.map((operation) => ({ operation, isAt: knowsPath([operation]) }));

/** Finds the operation at a method and path among those that are unusual in some way. */
function finderAmong(unusual: readonly Operation[]) {
  const located = withPaths(unusual);
  return (method: string, path: string) =>
    located.find(
      ({ operation: { route }, isAt }) =>
        route.method.toUpperCase() === (method === "HEAD" ? "GET" : method) && isAt(path),
    )?.operation;
}

/** The issue of an OperationOutcome. */
const NOT_OFFERED = "not-supported";

/** What holds at paths of a kind, for what is no operation as well. */
const surfaceOf = (path: string) => (fhirSurface.isAt(path) ? fhirSurface : undefined);

const ofPages = secureHeaders({ crossOriginResourcePolicy: false });
/**
 * Of the same what data have a use for, with the same values: the others guard a page of its own, or old plug-ins, and each header
 * costs every answer.
 */
const OF_DATA = [
  ["referrer-policy", "no-referrer"],
  ["strict-transport-security", "max-age=15552000; includeSubDomains"],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "SAMEORIGIN"],
] as const;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?:;|$)/;
const isMade = async () => {};

/** Nobody keeps an answer; what browsers may do with it: JSON, or nothing at all, is no page. */
const browserSafety: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const headers = answerHeaders(c);
  headers.set("cache-control", "no-store");
  const type = headers.get("content-type");
  if (type === null || JSON_TYPE.test(type)) {
    for (const [name, value] of OF_DATA) headers.set(name, value);
    return;
  }
  await ofPages(c, isMade);
  // A page that says itself who may frame it is not forbidden to others on top of that.
  if (headers.get("content-security-policy")?.includes("frame-ancestors")) headers.delete("x-frame-options");
};

const allowedOrigin = (origin: string, c: Context<AppEnv>) =>
  settingsOf(c.env).corsOrigins.has(origin) ? origin : null;

const preflight = cors({
  origin: allowedOrigin,
  allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
  allowHeaders: REQUEST_HEADERS,
  maxAge: 600,
});

const EXPOSED = RESPONSE_HEADERS.join(",");

/**
 * What scripts of other origins may do. Answers to requests that are no preflights get their headers once they are made: with
 * those that Hono sets before, every answer would be copied.
 */
const crossOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method === "OPTIONS") {
    // One that is not a preflight gets a 404 like any unknown operation.
    return c.req.header("access-control-request-method") === undefined ? next() : preflight(c, next);
  }
  await next();
  const headers = answerHeaders(c);
  const origin = allowedOrigin(c.req.header("origin") ?? "", c);
  if (origin !== null) {
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-expose-headers", EXPOSED);
  }
  headers.append("vary", "Origin");
};

/** Builds the application: middleware in the order of the gates, then the operations. */
export function createApp(served: readonly Operation[]): OpenAPIHono<AppEnv> {
  const isKnownPath = knowsPath(served);
  const refusesWithReason = knowsPath(served.filter((operation) => operation.refusesWithReason));
  const withOwnAuthentication = finderAmong(served.filter(({ authentication }) => authentication !== sessionToken));
  const withOwnRefusals = finderAmong(
    served.filter((it) => it.refusalPage !== undefined || it.refusalForm !== undefined),
  );
  const onSurfaces = withPaths(served.filter(({ route }) => surfaceOf(route.path)));
  const app = new OpenAPIHono<AppEnv>({
    // What Hono comes to by itself with paths like ours; a deployment is without the others.
    router: new TrieRouter(),
    // Clients of FHIR encode the dollar sign of an operation's name or don't.
    getPath: (request) => getPath(request).replaceAll("%24", "$"),
  });
  app.onError((error, c) => {
    const { method, path } = c.req;
    const { refusalPage, refusalForm } = withOwnRefusals(method, path) ?? surfaceOf(path) ?? {};
    return answerError(error, c, { refusesWithReason: refusesWithReason(path), refusalPage, refusalForm });
  });
  app.notFound((c) => {
    const { path } = c.req;
    const isKnown = isKnownPath(path);
    const surface = surfaceOf(path);
    if (surface) {
      const at = onSurfaces
        .filter(({ isAt }) => isAt(path))
        .map(({ operation }) => operation.route.method.toUpperCase());
      if (isKnown) c.header("allow", [...at, ...(at.includes("GET") ? ["HEAD"] : [])].join(", "));
      const kind = isKnown ? "methodNotAllowed" : "notFound";
      return answerError(new Refusal(kind, "this is not offered", { code: NOT_OFFERED }), c, surface);
    }
    const message = isKnown ? "method not allowed" : "no matching operation was found";
    return answerRefusal(c, { status: 404, code: isKnown ? "methodNotAllowed" : "noOperation", message });
  });
  app.use(observe);
  app.use(limited);
  app.use(browserSafety);
  health(app);
  app.use("/sandbox/*", sandbox);
  app.use(crossOrigin);
  app.use(missingPage((path) => isKnownPath(path) || surfaceOf(path) !== undefined));
  app.use(
    identify(
      clinicsAsTenants,
      (method, path) => (withOwnAuthentication(method, path) ?? surfaceOf(path))?.authentication ?? sessionToken,
    ),
  );
  mount(app, served);
  return app;
}

/** The application instance of the isolate. */
export const app = createApp(operations);
