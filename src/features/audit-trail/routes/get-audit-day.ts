import { createRoute, z } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { streamed } from "../../../platform/request/stream.ts";
import { openDay } from "../read-days.ts";
import { DayParams } from "../schema.ts";

const LINES = "application/x-ndjson";
const lines = z
  .string()
  .openapi({ description: "A line of JSON for each entry, and one for each seal after its entries." });

export const getAuditDayOperation = operation({
  route: createRoute({
    operationId: "GetAuditDay",
    method: "get",
    path: "/v1/audit/days/{date}",
    summary: "Download a day of the audit trail",
    description:
      "Returns the export of a UTC day: entries in the order in which they were recorded, as lines of JSON. After up to a " +
      "thousand of them follows their seal. Its `hash` is the SHA-256, in hexadecimal, of the hash of the seal before (empty " +
      "for the first of all) and the lines of its entries, each of these with a line feed behind it. An error after the " +
      "beginning breaks the connection off. Services only.",
    tags: ["Audit"],
    request: { params: DayParams },
    responses: {
      200: { description: "The export", content: { [LINES]: { schema: lines } } },
      ...refusals({ 404: "Nothing was sealed on this day, or it is not exported yet" }),
    },
  }),
  async handler(c) {
    const parts = await openDay(c.get("ctx"), c.env, c.req.valid("param").date);
    // The types of responses know JSON and texts alone.
    return streamed(c, parts, { "content-type": LINES }) as never;
  },
});
