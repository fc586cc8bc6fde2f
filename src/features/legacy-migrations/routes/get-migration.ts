import { createRoute, z } from "@hono/zod-openapi";
import { ObjectId, UserId, json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getMigration } from "../read-migrations.ts";
import { Migration } from "../model/schema.ts";

export const getMigrationOperation = operation({
  route: createRoute({
    operationId: "GetMigration",
    method: "get",
    path: "/v1/clinics/{clinicId}/migrations/{userId}",
    summary: "Get a migration",
    description: "Returns the status of the migration of a member's legacy account into the clinic.",
    tags: ["Migrations"],
    request: { params: z.object({ clinicId: ObjectId, userId: UserId }) },
    responses: { 200: json(Migration, "The migration"), ...refusals({ 404: "No such migration" }) },
  }),
  async handler(c) {
    const { clinicId, userId } = c.req.valid("param");
    return c.json(await getMigration(c.get("ctx"), clinicId, userId), 200);
  },
});
