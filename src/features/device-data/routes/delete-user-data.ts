import { createRoute, z } from "@hono/zod-openapi";
import { json, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { dataOwners } from "../access/data-owners.ts";
import { ownersOf } from "../calls.ts";
import { deleteUserData } from "../delete-set.ts";
import { NO_BODY, originOf, whoWrites } from "../requests.ts";
import { NoData } from "../schema.ts";

export const deleteUserDataOperation = operation({
  route: createRoute({
    operationId: "DeleteUserData",
    method: "delete",
    path: "/v1/users/{userId}/data",
    summary: "Delete all device data of a person",
    description:
      "Destroys all device data of a person; their summaries disappear from every clinic. Safe to repeat. Services " +
      "only.",
    tags: ["Device data"],
    request: { params: z.object({ userId: UserId }) },
    responses: { 200: json(NoData, "Nothing is left") },
  }),
  ...whoWrites(dataOwners),
  ownInput: NO_BODY,
  async handler(c) {
    await deleteUserData(c.get("ctx"), ownersOf(c.env), c.req.valid("param").userId, originOf(c));
    return c.json({ data: [], meta: { trace: { request: c.get("trace") } } }, 200);
  },
});
