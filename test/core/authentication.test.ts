import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createRoute, z } from "@hono/zod-openapi";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/entry/app.ts";
import { service } from "../../src/platform/auth/access.ts";
import { unauthorized } from "../../src/platform/core/errors.ts";
import type { Authentication } from "../../src/platform/request/authentication.ts";
import { operation, published } from "../../src/platform/request/operation.ts";
import { service as givenService } from "../harness.ts";

/** As a webhook: its caller shows a secret of its own and may use this operation alone. */
const sharedSecret: Authentication = {
  name: "sharedSecret",
  refusals: { 401: "The secret is wrong" },
  callerOf: async ({ req }) => {
    if (req.header("x-secret") !== "right") throw unauthorized("the secret is wrong");
    return { kind: "service", id: "a-hospital", scopes: new Set(["Hook"]) };
  },
};
const answering = (operationId: string, method: "get" | "post", path: string) => ({
  route: createRoute({
    operationId,
    method,
    path,
    summary: "Say who calls",
    description: "Returns the caller.",
    responses: { 200: { description: "Who calls", content: { "application/json": { schema: z.unknown() } } } },
  }),
  handler: (c: any) => c.json({ id: c.var.ctx.caller.id }, 200),
});
const app = createApp(
  published(
    [
      operation({ ...answering("Hook", "post", "/v1/hook"), authentication: sharedSecret }),
      operation(answering("Plain", "get", "/v1/hook")),
      operation({ ...answering("Other", "post", "/v1/other"), authentication: sharedSecret }),
    ],
    { Hook: [service], Plain: [service], Other: [service] },
    new Set(),
  ),
);

async function ask(method: string, path: string, headers: Record<string, string>) {
  const ctx = createExecutionContext();
  const response = await app.fetch(new Request(`http://clinics.test${path}`, { method, headers }), env, ctx);
  const body = await response.json<{ id?: string; message?: string }>();
  await waitOnExecutionContext(ctx);
  return [response.status, body.id ?? body.message];
}

const { paths = {} } = app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "Test", version: "1" } });
const publishedRefusals = (path: string, method: "get" | "post") =>
  [400, 401, 429].map((status) => paths[path]?.[method]?.responses?.[status]?.description);

describe("an operation that names how its callers prove themselves", () => {
  test("publishes the refusals of that way, others those of a session token", () => {
    const malformed = "The request is malformed; the message names what is wrong";
    const tooMany = expect.stringMatching(/^Too many requests/);
    expect(publishedRefusals("/v1/hook", "post")).toEqual([malformed, "The secret is wrong", tooMany]);
    expect(publishedRefusals("/v1/hook", "get")).toEqual([
      "The token is missing, or the request is malformed; the message names what is wrong",
      "The token is invalid",
      tooMany,
    ]);
  });

  test("200 in that way, without a session token", async () => {
    expect(await ask("POST", "/v1/hook", { "x-secret": "right" })).toEqual([200, "a-hospital"]);
  });

  test("401 in any other, with a good session token as well", async () => {
    const { token } = await givenService();
    expect(await ask("POST", "/v1/hook", { "x-secret": "wrong", "x-tidepool-session-token": token })).toEqual([
      401,
      "the secret is wrong",
    ]);
  });

  test("403 for an operation that the caller's scope does not name", async () => {
    expect((await ask("POST", "/v1/other", { "x-secret": "right" }))[0]).toBe(403);
  });

  test("leaves the other methods of its path to session tokens", async () => {
    const { token, id } = await givenService();
    expect(await ask("GET", "/v1/hook", { "x-secret": "right" })).toEqual([400, "session token is missing"]);
    expect(await ask("GET", "/v1/hook", { "x-tidepool-session-token": token })).toEqual([200, id]);
  });
});
