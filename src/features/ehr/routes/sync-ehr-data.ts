import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { ClinicParams } from "../../clinics/model/schema.ts";
import { syncClinic } from "../sync/request-sync.ts";

export const syncEhrDataOperation = operation({
  route: createRoute({
    operationId: "SyncEHRData",
    method: "post",
    path: "/v1/clinics/{clinicId}/ehr/sync",
    summary: "Sync a clinic with its EHR",
    description:
      "Sends numbers and report of every patient whose EHR has ordered them, if there is an upload since they were " +
      "last delivered. A sync that is under way absorbs this one. Services only.",
    tags: ["Internal"],
    request: { params: ClinicParams },
    responses: {
      202: { description: "Recorded; the messages are sent in the background" },
      ...refusals({ 404: "No such clinic, or it is not connected by Redox" }),
    },
  }),
  async handler(c) {
    await syncClinic(c.get("ctx"), c.req.valid("param").clinicId);
    return c.body(null, 202);
  },
});
