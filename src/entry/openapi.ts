import type { OpenAPIHono } from "@hono/zod-openapi";
import { license, version } from "../../package.json" with { type: "json" };
import type { AppEnv } from "../platform/request/operation.ts";

/**
 * Merges an allOf of a reference and further keywords into one schema with siblings of `$ref`, as OpenAPI 3.1 allows:
 * the allOf was a workaround for 3.0 that not all client generators read as one schema.
 */
function withSiblings(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withSiblings);
  if (node === null || typeof node !== "object") return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withSiblings(value)]));
  const { allOf, ...rest } = copy as { allOf?: Record<string, unknown>[] };
  if (allOf?.length !== 2 || allOf[0]!.$ref === undefined || allOf[1]!.$ref !== undefined) return copy;
  return { ...allOf[0], ...allOf[1], ...rest };
}

/** The types of the library know no identifier, which 3.1 has and generators ask for. */
const LICENSE: { name: string } = Object.assign({ name: license }, { identifier: license });

/** The OpenAPI description of all published operations, generated from the routes. */
export function describeApi(app: OpenAPIHono<AppEnv>) {
  app.openAPIRegistry.registerComponent("securitySchemes", "sessionToken", {
    type: "apiKey",
    in: "header",
    name: "x-tidepool-session-token",
    description: "A session token: a JWT, or `kc:<jwt>:<refresh>`. `Authorization: Bearer` is accepted as well.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "xealthToken", {
    type: "http",
    scheme: "bearer",
    description:
      "The secret that Xealth sends with every request: the value of `XEALTH_BEARER_TOKEN`. That of a local server is " +
      "`local-xealth-token`.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "verificationToken", {
    type: "apiKey",
    in: "header",
    name: "verification-token",
    description:
      "The secret that Redox sends with every message: the value of `REDOX_VERIFICATION_TOKEN`. A local server shows its own " +
      "on `/sandbox/redox`.",
  });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Clinics Edge",
      version,
      description:
        "Manages diabetes clinics, their members and patients. Every error is `{code, message}`, or problem details " +
        "(RFC 9457) for a request whose Accept names `application/problem+json`. Every request but " +
        "GET may carry an `Idempotency-Key`: a repeated request within 24 hours gets the first response again, with " +
        "`Idempotent-Replayed: true`. Send the `x-d1-bookmark` of a response with the next request to let a nearby " +
        "read replica serve it without a stale read.",
      contact: { name: "Clinics Edge", email: "support@clinics-edge.example" },
      license: LICENSE,
    },
    servers: [{ url: "/" }],
    security: [{ sessionToken: [] }],
  });
  return withSiblings(document) as typeof document;
}
