import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, ObjectId, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { Migration, MigrationUpdate } from "../model/schema.ts";
import { updateMigration } from "../update-migration.ts";

export const updateMigrationOperation = operation({
  route: createRoute({
    operationId: "UpdateMigration",
    method: "patch",
    path: "/v1/clinics/{clinicId}/migrations/{userId}",
    summary: "Update the status of a migration",
    description:
      "Moves a migration to the next status, never back; the same status again is accepted. Once it is COMPLETED " +
      "no more patients are moved. Services only.",
    tags: ["Migrations"],
    request: { params: z.object({ clinicId: ObjectId, userId: UserId }), body: jsonBody(MigrationUpdate) },
    responses: {
      200: json(Migration, "The updated migration"),
      ...refusals({ 404: "No such migration", 409: "A migration can't return to an earlier status" }),
    },
  }),
  async handler(c) {
    const { clinicId, userId } = c.req.valid("param");
    return c.json(await updateMigration(c.get("ctx"), clinicId, userId, c.req.valid("json").status), 200);
  },
});
