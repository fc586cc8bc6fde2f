import { createRoute, z } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { listMigrations } from "../read-migrations.ts";
import { AnyClinicParams, Migration } from "../model/schema.ts";

export const listMigrationsOperation = operation({
  route: createRoute({
    operationId: "ListMigrations",
    method: "get",
    path: "/v1/clinics/{clinicId}/migrations",
    summary: "List the migrations of a clinic",
    description: "Lists the migrations of legacy accounts into a clinic, newest first.",
    tags: ["Migrations"],
    request: { params: AnyClinicParams },
    responses: { 200: json(z.array(Migration).openapi("migrations.v1"), "The migrations, newest first") },
  }),
  async handler(c) {
    return c.json(await listMigrations(c.get("ctx"), c.req.valid("param").clinicId), 200);
  },
});
