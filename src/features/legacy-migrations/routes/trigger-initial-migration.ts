import { createRoute } from "@hono/zod-openapi";
import { json, optionalJsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { AnyClinicParams, Migration, TriggerMigration } from "../model/schema.ts";
import { triggerInitialMigration } from "../start-migration.ts";

export const triggerInitialMigrationOperation = operation({
  route: createRoute({
    operationId: "TriggerInitialMigration",
    method: "post",
    path: "/v1/clinics/{clinicId}/migrate",
    summary: "Migrate a clinic",
    description:
      "Marks a clinic as migrated and moves the patients of the calling admin's legacy account to it, in the " +
      "background. The clinic must have a complete profile, and the caller as its only admin.",
    tags: ["Migrations"],
    request: { params: AnyClinicParams, body: optionalJsonBody(TriggerMigration) },
    responses: {
      200: json(Migration, "The migration, about to run"),
      ...refusals({
        404: "No such clinic or account",
        409: "The account has a migration already",
        422: "The clinic is migrated already, its profile is incomplete, or its admin is not one legacy account",
      }),
    },
  }),
  async handler(c) {
    return c.json(await triggerInitialMigration(c.get("ctx"), c.req.valid("param").clinicId), 200);
  },
});
