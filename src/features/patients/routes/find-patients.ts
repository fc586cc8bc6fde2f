import { createRoute, z } from "@hono/zod-openapi";
import { badRequest } from "../../../platform/core/errors.ts";
import { sought } from "../../../platform/core/bounded-text.ts";
import { json, Paging, pageOf } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { taggedBytes, unchanged } from "../../../platform/request/tagged.ts";
import { findPatients } from "../find/find-patients.ts";
import type { Workspace } from "../find/search-criteria.ts";
import { type PatientClinicRelationship, PatientClinicRelationships } from "../model/schema.ts";

const Query = z.object({
  mrn: sought().optional().openapi({ description: "Ignores case and accents." }),
  birthDate: sought().optional().openapi({ description: "Text that is not a date matches nobody." }),
  workspaceId: sought()
    .optional()
    .openapi({ description: "Limits the search to this clinic, or to the clinics of this EHR source." }),
  workspaceIdType: z.enum(["clinicId", "ehrSourceId"]).optional(),
  ...Paging,
});

function workspaceOf({ workspaceId: id, workspaceIdType: idType }: z.output<typeof Query>): Workspace | undefined {
  if (id === undefined) return undefined;
  if (idType === undefined) throw badRequest("workspace id type is required");
  return { id, idType };
}

export const findPatientsOperation = operation({
  route: createRoute({
    operationId: "FindPatients",
    method: "get",
    path: "/v1/patients",
    summary: "Find patients across clinics",
    description:
      "Searches all clinics where the caller is a clinician, whatever their role. Sorted by the patient's name in " +
      "each clinic. Without `mrn` and `birthDate` all patients match. People only.",
    tags: ["Patients"],
    request: { query: Query },
    responses: { 200: json(PatientClinicRelationships, "The matching patients, each with its clinic"), ...unchanged },
  }),
  async handler(c) {
    const query = c.req.valid("query");
    const wanted = { mrn: query.mrn, birthDate: query.birthDate, workspace: workspaceOf(query) };
    return taggedBytes<PatientClinicRelationship[]>(c, await findPatients(c.get("ctx"), wanted, pageOf(query)));
  },
});
