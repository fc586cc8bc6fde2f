import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../platform/request/operation.ts";

/**
 * A reference that says more of a schema stands beside it, as OpenAPI 3.1 lets it: an allOf of the two is what 3.0 needed,
 * and not every generator of clients reads it as one schema.
 */
function withSiblings(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withSiblings);
  if (node === null || typeof node !== "object") return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withSiblings(value)]));
  const { allOf, ...rest } = copy as { allOf?: Record<string, unknown>[] };
  if (allOf?.length !== 2 || allOf[0]!.$ref === undefined || allOf[1]!.$ref !== undefined) return copy;
  return { ...allOf[0], ...allOf[1], ...rest };
}

/** The description of everything that is published, made from the routes themselves. */
export function describeApi(app: OpenAPIHono<AppEnv>) {
  app.openAPIRegistry.registerComponent("securitySchemes", "sessionToken", {
    type: "apiKey",
    in: "header",
    name: "x-tidepool-session-token",
    description: "A session token: a JWT, or `kc:<jwt>:<refresh>`. `Authorization: Bearer` is accepted as an equal.",
  });
  const document = app.getOpenAPI31Document({
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
  return withSiblings(document) as typeof document;
}
