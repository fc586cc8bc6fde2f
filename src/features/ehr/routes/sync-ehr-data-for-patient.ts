import { createRoute, z } from "@hono/zod-openapi";
import { UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { syncPatient } from "../sync/request-sync.ts";

export const syncEhrDataForPatientOperation = operation({
  route: createRoute({
    operationId: "SyncEHRDataForPatient",
    method: "post",
    path: "/v1/patients/{patientId}/ehr/sync",
    summary: "Sync a patient with EHRs",
    description:
      "Sends numbers and report of a patient to the EHRs that have ordered them, from each clinic that wants " +
      "reports after uploads, if there is an upload since they were last delivered. A job that is still waiting " +
      "absorbs this one. Services only.",
    tags: ["Internal"],
    request: { params: z.object({ patientId: UserId }) },
    responses: { 202: { description: "Recorded, if there is anything to send" } },
  }),
  async handler(c) {
    await syncPatient(c.get("ctx"), c.req.valid("param").patientId);
    return c.body(null, 202);
  },
});
