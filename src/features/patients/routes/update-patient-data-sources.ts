import { createRoute, z } from "@hono/zod-openapi";
import { jsonBody, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { replaceDataSources } from "../connections/replace-data-sources.ts";
import { DataSources } from "../model/schema.ts";

export const updatePatientDataSourcesOperation = operation({
  route: createRoute({
    operationId: "UpdatePatientDataSources",
    method: "put",
    path: "/v1/patients/{userId}/data_sources",
    summary: "Replace the data sources of a patient",
    description:
      "Replaces the data sources of the user's records in all clinics, including those a clinic has added; an " +
      "empty list clears them. Connection requests are kept. Services only.",
    tags: ["Patients"],
    request: { params: z.object({ userId: UserId }), body: jsonBody(DataSources) },
    responses: { 200: { description: "All records of the user, if any, have these data sources" } },
  }),
  async handler(c) {
    await replaceDataSources(c.get("ctx"), c.req.valid("param").userId, c.req.valid("json"));
    return c.body(null, 200);
  },
});
