import { OpenAPIHono } from "@hono/zod-openapi";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { INVITATION_OPERATIONS } from "../features/access/access-table.ts";
import { operations as clinicians } from "../features/clinicians/routes/index.ts";
import { operations as clinics } from "../features/clinics/routes/index.ts";
import { settingsOf } from "../platform/core/settings.ts";
import { health } from "./health.ts";
import { operations as invites } from "../features/invites/routes/index.ts";
import { operations as legacyMigrations } from "../features/legacy-migrations/routes/index.ts";
import { operations as merges } from "../features/merges/routes/index.ts";
import { operations as patientInvites } from "../features/patient-invites/routes/index.ts";
import { operations as patients } from "../features/patients/routes/index.ts";
import { answerError } from "../platform/request/answer-error.ts";
import { identify } from "../platform/request/identify.ts";
import { knowsPath, mount } from "../platform/request/mount.ts";
import { observe } from "../platform/request/observe.ts";
import type { AppEnv, Operation } from "../platform/request/operation.ts";
import { sandbox } from "../platform/request/sandbox.ts";
import { operations as sites } from "../features/sites/routes/index.ts";
import { operations as tags } from "../features/tags/routes/index.ts";
import { operations as tide } from "../features/tide/routes/index.ts";
import { operations as users } from "../features/users/routes/index.ts";

/** Every published operation. The description, the access tests and the routing all come from this list. */
export const operations: readonly Operation[] = [
  ...clinics,
  ...clinicians,
  ...invites,
  ...patients,
  ...tags,
  ...sites,
  ...tide,
  ...legacyMigrations,
  ...patientInvites,
  ...merges,
  ...users,
];

const REQUEST_HEADERS = [
  "authorization",
  "content-type",
  "idempotency-key",
  "x-d1-bookmark",
  "x-request-id",
  "x-tidepool-session-token",
  "x-tidepool-trace-request",
  "x-tidepool-trace-session",
];
const RESPONSE_HEADERS = [
  "content-disposition",
  "idempotent-replayed",
  "retry-after",
  "server-timing",
  "x-d1-bookmark",
  "x-request-id",
];

const isKnownPath = knowsPath(operations);
const isInvitationPath = knowsPath(operations.filter(({ route }) => INVITATION_OPERATIONS.has(route.operationId)));

/** The application: middleware in the order of the gates, then the operations. */
export function createApp(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>();
  app.onError((error, c) => answerError(error, c, isInvitationPath(c.req.path)));
  app.notFound((c) => {
    const message = isKnownPath(c.req.path) ? "method not allowed" : "no matching operation was found";
    return c.json({ code: 404, message }, 404);
  });
  app.use(observe);
  app.use(secureHeaders({ crossOriginResourcePolicy: false }));
  app.use(async (c, next) => {
    await next();
    c.header("cache-control", "no-store");
  });
  health(app);
  app.use("/sandbox/*", sandbox);
  app.use(async (c, next) => {
    const isPreflight = c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined;
    // Any other OPTIONS request is a request like another, and there is no such operation.
    if (c.req.method === "OPTIONS" && !isPreflight) return next();
    const { corsOrigins } = settingsOf(c.env);
    return cors({
      origin: (origin) => (corsOrigins.has(origin) ? origin : null),
      allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
      allowHeaders: REQUEST_HEADERS,
      exposeHeaders: RESPONSE_HEADERS,
      maxAge: 600,
    })(c, next);
  });
  app.use(identify);
  mount(app, operations);
  return app;
}
