import { OpenAPIHono } from "@hono/zod-openapi";
import { getPath } from "hono/utils/url";
import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { TrieRouter } from "hono/router/trie-router";
import { clinicsAsTenants } from "../features/access/clinics-as-tenants.ts";
import { fhirSurface } from "../features/fhir/surface.ts";
import { Refusal } from "../platform/core/errors.ts";
import { isConfigured, settingsOf } from "../platform/core/settings.ts";
import { afterAnswer } from "../platform/request/after-answer.ts";
import { answerError, answerRefusal } from "../platform/request/answer-error.ts";
import { sessionToken } from "../platform/request/authentication.ts";
import { identify } from "../platform/request/identify.ts";
import { tellLimit } from "../platform/request/limited.ts";
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

/** What data have a use for as well; the values are those of Hono's secureHeaders, which is not bundled for a list of them. */
const OF_DATA = [
  ["referrer-policy", "no-referrer"],
  ["strict-transport-security", "max-age=15552000; includeSubDomains"],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "SAMEORIGIN"],
] as const;
/** What only guards a page of its own, or old plug-ins: each header costs every answer. */
const OF_PAGES = [
  ...OF_DATA,
  ["cross-origin-opener-policy", "same-origin"],
  ["origin-agent-cluster", "?1"],
  ["x-dns-prefetch-control", "off"],
  ["x-download-options", "noopen"],
  ["x-permitted-cross-domain-policies", "none"],
  ["x-xss-protection", "0"],
] as const;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?:;|$)/;
/** JSON, or nothing at all, is no page. */
const isData = (type: string | null) => type === null || JSON_TYPE.test(type);

/** What browsers may do with an answer. */
function guard(headers: Headers): void {
  const isPage = !isData(headers.get("content-type"));
  for (const [name, value] of isPage ? OF_PAGES : OF_DATA) headers.set(name, value);
  // A page that says itself who may frame it is not forbidden to others on top of that.
  if (isPage && headers.get("content-security-policy")?.includes("frame-ancestors")) headers.delete("x-frame-options");
}

const allowedOrigin = (origin: string, c: Context<AppEnv>) =>
  settingsOf(c.env).corsOrigins.has(origin) ? origin : null;

const preflight = cors({
  origin: allowedOrigin,
  allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
  allowHeaders: REQUEST_HEADERS,
  maxAge: 600,
});

/** One that is not a preflight gets a 404 like any unknown operation. */
const isPreflight = ({ req }: Context<AppEnv>) =>
  req.method === "OPTIONS" && req.header("access-control-request-method") !== undefined;

const EXPOSED = RESPONSE_HEADERS.join(",");

/** What scripts of other origins may do with an answer. A service that is not configured answers as well: to no other origin. */
function shareWithOrigins(c: Context<AppEnv>, headers: Headers): void {
  headers.append("vary", "Origin");
  const origin = c.req.header("origin");
  if (origin === undefined || !isConfigured(c.env) || allowedOrigin(origin, c) === null) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", EXPOSED);
}

/**
 * What holds of every answer, also of refusals. Headers are set once it is made: with any that Hono sets before, it would be
 * copied. All in one layer, as each layer costs every request.
 */
const answered: MiddlewareHandler<AppEnv> = async (c, next) => {
  const finish = observe(c);
  await next();
  const headers = c.res.headers;
  headers.set("cache-control", "no-store");
  if (!isPreflight(c)) shareWithOrigins(c, headers);
  guard(headers);
  tellLimit(c, headers);
  finish(headers);
};

/** Builds the application: what holds of every answer, the gates, then the operations. */
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
  const pageWhereNothingIs = missingPage((path) => isKnownPath(path) || surfaceOf(path) !== undefined);
  const identified = identify(
    clinicsAsTenants,
    (method, path) => (withOwnAuthentication(method, path) ?? surfaceOf(path))?.authentication ?? sessionToken,
  );
  app.use(answered);
  health(app);
  app.use("/sandbox/*", sandbox);
  app.use(async (c, next) => {
    if (isPreflight(c)) return preflight(c, next);
    const page = pageWhereNothingIs(c);
    if (page) return page;
    await identified(c);
    await next();
    afterAnswer(c);
  });
  mount(app, served);
  return app;
}

/** The application instance of the isolate. */
export const app = createApp(operations);
