import { createRoute, z } from "@hono/zod-openapi";
import { DateTime, json, toDateTime } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { anyone } from "../authentication.ts";
import { inEnvelope } from "../refusal-forms.ts";
import { inEnvelopeOf } from "../schema.ts";

export const getTimeOperation = operation({
  route: createRoute({
    operationId: "GetTime",
    method: "get",
    path: "/v1/time",
    tags: ["Device data"],
    security: [{}],
    description: "What time it is here, for uploaders whose own clock may be wrong. Needs no token.",
    responses: { 200: json(inEnvelopeOf(z.object({ time: DateTime })), "The time") },
  }),
  authentication: anyone("GetTime"),
  refusalForm: inEnvelope,
  async handler(c) {
    return c.json({ data: { time: toDateTime(c.var.ctx.now) }, meta: { trace: { request: c.var.trace } } }, 200);
  },
});
