import { z } from "@hono/zod-openapi";
import { DetailedRefusal, Refusal } from "../../platform/core/errors.ts";
import { json, UserId } from "../../platform/core/wire.ts";
import type { Draft } from "../../platform/request/operation.ts";
import { withSuccessor } from "./model/with-successor.ts";

const MissingPatient = z
  .object({
    code: z.int(),
    message: z.string(),
    replacedBy: UserId.optional(),
  })
  .openapi("missingPatient.v1");

/**
 * An operation on a patient of a clinic that says of a record which was merged into another where that is; no other
 * operation is changed. It costs nothing unless something is not found.
 */
export function leadingOn(draft: Draft): Draft {
  if (!draft.route.path.includes("/{clinicId}/patients/{patientId}")) return draft;
  const { handler, route } = draft;
  const missing = route.responses[404] as { description: string } | undefined;
  return {
    ...draft,
    route: missing
      ? { ...route, responses: { ...route.responses, 404: json(MissingPatient, missing.description) } }
      : route,
    handler: (async (c, next) => {
      try {
        return await handler(c, next);
      } catch (error) {
        if (!(error instanceof Refusal) || error instanceof DetailedRefusal || error.kind !== "notFound") throw error;
        const { clinicId = "", patientId = "" } = c.req.param() as Record<string, string | undefined>;
        throw await withSuccessor(c.get("ctx"), clinicId, patientId, error);
      }
    }) as Draft["handler"],
  };
}
