import { createRoute, z } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { listAudit } from "../list-audit.ts";
import { AuditEntry, AuditQuery, ClinicParams, filterOf, NextCursor, nextCursor } from "../schema.ts";

export const listClinicAuditOperation = operation({
  route: createRoute({
    operationId: "ListClinicAudit",
    method: "get",
    path: "/v1/clinics/{clinicId}/audit",
    summary: "List who accessed a clinic's records",
    description:
      "Lists the entries of the audit trail of a clinic by their time, latest first: what was read, changed or refused, by " +
      "whom. A page may have fewer entries than `limit`: the header `x-next-cursor` has the `cursor` of the next page, as long " +
      "as there may be one. Changes show within a minute or two, reads within seconds; entries older than the service keeps " +
      "them are in exports alone. Reading a page is an entry, too. Device data that are reached without a clinic are not " +
      "among them.",
    tags: ["Audit"],
    request: { params: ClinicParams, query: AuditQuery },
    responses: { 200: { ...json(z.array(AuditEntry), "A page of them"), headers: NextCursor } },
  }),
  async handler(c) {
    const filter = filterOf(c.req.valid("query"));
    const { entries, cursor } = await listAudit(c.get("ctx"), c.env, c.req.valid("param"), filter);
    return c.json(entries, 200, nextCursor(cursor));
  },
});
