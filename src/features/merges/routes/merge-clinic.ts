import { createRoute, z } from "@hono/zod-openapi";
import { ClinicParams } from "../../clinics/model/schema.ts";
import { text, TEXT_LENGTH_MAX } from "../../../platform/core/bounded-text.ts";
import { json, ObjectId, prefersAsync } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { conductorOf } from "../coordinator/conductor.ts";
import { mergeClinic, sourceIsMissing } from "../merge-clinic.ts";
import { MergeRefusal } from "../status-schema.ts";

const MergeRequest = z
  .object({ sourceId: ObjectId.optional().openapi({ description: "Required: 400 without it." }) })
  .openapi("mergeClinic.v1");

export const mergeClinicOperation = operation({
  route: createRoute({
    operationId: "MergeClinic",
    method: "post",
    path: "/v1/clinics/{clinicId}/merge",
    summary: "Merge a clinic into another",
    description:
      "Merges the clinic `sourceId` into this one. Answers when the merge is complete; with `Prefer: " +
      "respond-async` at once, with the address of its status. While it is under way other writes to either clinic " +
      "are answered with 409. Services only.",
    tags: ["Merges"],
    request: {
      params: ClinicParams,
      headers: z.object({
        prefer: text({ min: 0, max: TEXT_LENGTH_MAX }).optional().openapi({ example: "respond-async" }),
      }),
      body: { required: true, content: { "application/json": { schema: MergeRequest } } },
    },
    responses: {
      200: { description: "The source was merged into this clinic and deleted" },
      202: { description: "The merge is under way; Location is its status" },
      ...refusals({ 404: "No such clinic", 409: "Either clinic is being merged with another one" }),
      400: json(MergeRefusal, "The request is malformed, or the plan forbids the merge"),
      422: json(
        MergeRefusal,
        "The clinic would have too many tags, or the Idempotency-Key was used for another request",
      ),
    },
  }),
  async handler(c) {
    const ctx = c.get("ctx");
    const { clinicId } = c.req.valid("param");
    const { sourceId } = c.req.valid("json");
    if (sourceId === undefined) throw sourceIsMissing();
    const answerKey = ctx.replayKey ? JSON.stringify(ctx.replayKey) : null;
    const conductor = conductorOf(c.env, !prefersAsync(c.req.header("prefer")));
    const merge = await mergeClinic(ctx, conductor, { sourceId, targetId: clinicId, answerKey });
    if (merge.isComplete) return c.body(null, 200);
    return c.body(null, 202, { location: `/v1/clinics/${clinicId}/merges/${merge.mergeId}` });
  },
});
