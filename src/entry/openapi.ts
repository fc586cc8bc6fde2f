import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../platform/request/operation.ts";

/** The description of everything that is published, made from the routes themselves. */
export function describeApi(app: OpenAPIHono<AppEnv>) {
  app.openAPIRegistry.registerComponent("securitySchemes", "sessionToken", {
    type: "apiKey",
    in: "header",
    name: "x-tidepool-session-token",
    description: "A session token: a JWT, or `kc:<jwt>:<refresh>`. `Authorization: Bearer` is accepted as an equal.",
  });
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Clinics Edge",
      version: "1.0.0",
      description:
        "The service behind diabetes clinics: clinics, their members and patients. Every error is `{code, message}`. " +
        "Every request but GET may carry an `Idempotency-Key`; its answer is then given again, with " +
        "`Idempotent-Replayed: true`, when the request is repeated within 24 hours. `x-d1-bookmark` of an answer, sent " +
        "with the next request, lets that be served by a nearby copy that has seen the answer's change.",
      license: { name: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ sessionToken: [] }],
  });
}
