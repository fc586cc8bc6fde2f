import { createRoute, z } from "@hono/zod-openapi";
import { json, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { passedOn } from "../../../platform/request/stream.ts";
import { dataOwners } from "../access/data-owners.ts";
import { dataTokenOrLink } from "../authentication.ts";
import { ownersOf } from "../calls.ts";
import { queryData } from "../query-data.ts";
import { NO_BODY, whoReads } from "../requests.ts";
import { withStatus } from "../refusal-forms.ts";
import { QueriedDatum, QueryParameters } from "../schema.ts";

export const queryDataOperation = operation({
  route: createRoute({
    operationId: "QueryData",
    method: "get",
    path: "/data/{userId}",
    summary: "Query the device data of a person",
    description:
      "Returns the data of a person that readers see, by time and id; without `limit` all of them, as a stream. " +
      "With `limit` the header `x-next-cursor` has the `cursor` of the next part, as long as there may be one.",
    tags: ["Device data"],
    request: { params: z.object({ userId: UserId }), query: QueryParameters },
    responses: {
      200: {
        ...json(z.array(QueriedDatum), "The data"),
        headers: z.object({ "x-next-cursor": z.string().optional() }),
      },
    },
  }),
  ...whoReads(dataOwners, withStatus),
  authentication: dataTokenOrLink,
  ownInput: NO_BODY,
  async handler(c) {
    const { userId } = c.req.valid("param");
    const parameters = new URL(c.req.url).searchParams;
    const { body, isInParts, next } = await queryData(c.get("ctx"), ownersOf(c.env), userId, parameters);
    const headers = { "content-type": "application/json", ...(next !== undefined && { "x-next-cursor": next }) };
    return (isInParts ? passedOn(c, body as ReadableStream, headers) : c.body(body, 200, headers)) as never;
  },
});
