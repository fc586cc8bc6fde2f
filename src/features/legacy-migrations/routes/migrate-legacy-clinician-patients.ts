import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { AnyClinicParams, Migration, MigrationInput } from "../model/schema.ts";
import { migrateLegacyPatients } from "../start-migration.ts";

export const migrateLegacyClinicianPatientsOperation = operation({
  route: createRoute({
    operationId: "MigrateLegacyClinicianPatients",
    method: "post",
    path: "/v1/clinics/{clinicId}/migrations",
    summary: "Migrate the patients of a clinician",
    description:
      "Moves the patients of a member's legacy account to a clinic that is migrated already, in the background. " +
      "Each account is migrated once. Services only.",
    tags: ["Migrations"],
    request: { params: AnyClinicParams, body: jsonBody(MigrationInput) },
    responses: {
      200: json(Migration, "The migration, about to run"),
      ...refusals({
        404: "No such clinic, or the user is not a member of it",
        409: "The account already has a migration",
        422: "The clinic is not migrated, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  async handler(c) {
    const { userId } = c.req.valid("json");
    return c.json(await migrateLegacyPatients(c.get("ctx"), c.req.valid("param").clinicId, userId), 200);
  },
});
