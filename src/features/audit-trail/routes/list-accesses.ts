import { createRoute, z } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { listAccesses } from "../list-audit.ts";
import { AccessQuery, AuditEntry, filterOf, NextCursor, nextCursor } from "../schema.ts";

export const listAccessesOperation = operation({
  route: createRoute({
    operationId: "ListAccesses",
    method: "get",
    path: "/v1/audit/accesses",
    summary: "List accesses to the records of all clinics",
    description:
      "Lists entries of the audit trail that meet all that is given, without names. Those of a patient, and all, come in the " +
      "order in which they were recorded, those of a user or a clinic in that of their time; latest first. A page may have " +
      "fewer entries than `limit`, even none, and yet a next one: the header `x-next-cursor` has its `cursor`. Services only.",
    tags: ["Audit"],
    request: { query: AccessQuery },
    responses: { 200: { ...json(z.array(AuditEntry), "A page of them"), headers: NextCursor } },
  }),
  async handler(c) {
    const { patientId, clinicId, ...query } = c.req.valid("query");
    const filter = { ...filterOf(query), patientId, clinicId };
    const { entries, cursor } = await listAccesses(c.get("ctx"), c.env, filter);
    return c.json(entries, 200, nextCursor(cursor));
  },
});
