import { createRoute, z } from "@hono/zod-openapi";
import { DateTime, json, toDateTime } from "../../../platform/core/wire.ts";
import { anyone } from "../../../platform/request/authentication.ts";
import { operation } from "../../../platform/request/operation.ts";
import { inEnvelope } from "../refusal-forms.ts";
import { inEnvelopeOf } from "../schema.ts";

export const getTimeOperation = operation({
  route: createRoute({
    operationId: "GetTime",
    method: "get",
    path: "/v1/time",
    summary: "Get the server time",
    description: "Returns the time of the server, for uploaders whose own clock may be wrong. Needs no token.",
    tags: ["Device data"],
    security: [{}],
    responses: { 200: json(inEnvelopeOf(z.object({ time: DateTime })), "The time") },
  }),
  authentication: anyone("GetTime"),
  refusalForm: inEnvelope,
  async handler(c) {
    return c.json({ data: { time: toDateTime(c.get("ctx").now) }, meta: { trace: { request: c.get("trace") } } }, 200);
  },
});
