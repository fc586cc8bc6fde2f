import { createRoute, z } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { listAudit } from "../list-audit.ts";
import { AuditEntry, AuditQuery, filterOf, NextCursor, nextCursor, PatientParams } from "../schema.ts";

export const listPatientAuditOperation = operation({
  route: createRoute({
    operationId: "ListPatientAudit",
    method: "get",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/audit",
    summary: "List who accessed a patient's record",
    description:
      "Lists the entries of the audit trail of a clinic that name a patient, in the order in which they were recorded, latest " +
      "first. The patient may have been deleted; of somebody who never was one the list is empty. Entries stay with the clinic " +
      "and the id they were of, also where clinics or records were merged since. A page may have fewer " +
      "entries than `limit`, even none, and yet a next one: the header `x-next-cursor` has its `cursor`. Otherwise as " +
      "ListClinicAudit.",
    tags: ["Audit"],
    request: { params: PatientParams, query: AuditQuery },
    responses: { 200: { ...json(z.array(AuditEntry), "A page of them"), headers: NextCursor } },
  }),
  async handler(c) {
    const filter = filterOf(c.req.valid("query"));
    const { entries, cursor } = await listAudit(c.get("ctx"), c.env, c.req.valid("param"), filter);
    return c.json(entries, 200, nextCursor(cursor));
  },
});
