import { createRoute } from "@hono/zod-openapi";
import { ClinicParams } from "../../clinics/schema.ts";
import { json, pageOf } from "../../core/wire.ts";
import { operation } from "../../request/operation.ts";
import { listPatients } from "../list/list-patients.ts";
import { filterOf, ListParameters, orderOf } from "../list/parameters.ts";
import { PatientsResponse } from "../schema.ts";

export const listPatientsOperation = operation({
  route: createRoute({
    operationId: "ListPatients",
    method: "get",
    path: "/v1/clinics/{clinicId}/patients",
    tags: ["Patients"],
    description: "By name unless a sort is asked for. All filters must hold. A page holds at most 1000 patients.",
    request: { params: ClinicParams, query: ListParameters },
    responses: { 200: json(PatientsResponse, "One page of patients, and how many there are") },
  }),
  async handler(c) {
    const query = c.req.valid("query");
    const { clinicId } = c.req.valid("param");
    return c.json(await listPatients(c.var.ctx, clinicId, filterOf(query), orderOf(query), pageOf(query)), 200);
  },
});
