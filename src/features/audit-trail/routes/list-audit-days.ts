import { createRoute, z } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { listAuditDays } from "../read-days.ts";
import { AuditDayRecord, DaysPage, NextCursor, nextCursor, pageSize, toAuditDay } from "../schema.ts";

export const listAuditDaysOperation = operation({
  route: createRoute({
    operationId: "ListAuditDays",
    method: "get",
    path: "/v1/audit/days",
    summary: "List the days of the audit trail",
    description:
      "Lists the UTC days on which entries of the audit trail were sealed, latest first, with the last hash of each. A day is " +
      "there when it is over, and its export soon after. The header `x-next-cursor` has the `cursor` of the next page, as " +
      "long as there may be one. Services only.",
    tags: ["Audit"],
    request: { query: DaysPage },
    responses: { 200: { ...json(z.array(AuditDayRecord), "A page of them"), headers: NextCursor } },
  }),
  async handler(c) {
    const query = c.req.valid("query");
    const limit = pageSize(query);
    const days = await listAuditDays(c.get("ctx"), c.env, query.cursor, limit);
    return c.json(days.map(toAuditDay), 200, nextCursor(days.length < limit ? undefined : days.at(-1)?.day));
  },
});
