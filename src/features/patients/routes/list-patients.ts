import { createRoute, z } from "@hono/zod-openapi";
import { ClinicParams } from "../../clinics/model/schema.ts";
import { json, pageOf, toDateTime } from "../../../platform/core/wire.ts";
import { mediaTypeFor } from "../../../platform/request/media-type.ts";
import { operation } from "../../../platform/request/operation.ts";
import { streamed } from "../../../platform/request/stream.ts";
import { knownStates, taggedState, unchanged } from "../../../platform/request/tagged.ts";
import { exportPatients } from "../list/export-patients.ts";
import { listPatients } from "../list/list-patients.ts";
import { filterOf, ListParameters, orderOf } from "../list/parameters.ts";
import { TABLE_COLUMNS } from "../list/table.ts";
import { PatientsResponse } from "../model/schema.ts";

const page = json(PatientsResponse, "One page of patients with the total counts, or all matching patients as a table");
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const FORMS = { "text/csv": "fields", "text/csv; headings=readable": "readable", [XLSX]: "workbook" } as const;

const MATCHING = "All matching patients, in the requested order; offset and limit are ignored.";
const table = z.string().openapi({
  description: `${MATCHING} Columns: ${TABLE_COLUMNS.join(", ")}. The media type parameter headings=readable selects readable headings, percentages, and glucose in the clinic's preferredBgUnits. See docs/patient-table.md.`,
});
const workbook = z.string().openapi({
  format: "binary",
  description: `${MATCHING} The same columns as text/csv; headings=readable. See docs/patient-table.md.`,
});

export const listPatientsOperation = operation({
  route: createRoute({
    operationId: "ListPatients",
    method: "get",
    path: "/v1/clinics/{clinicId}/patients",
    summary: "List the patients of a clinic",
    description:
      "Sorted by name unless a sort is requested. A patient must match all filters. A page has at most 1000 " +
      "patients. `Accept: text/csv`, or the media type of an XLSX workbook, returns a table of all matching " +
      "patients and ignores offset and limit; it has no tag.",
    tags: ["Patients"],
    request: { params: ClinicParams, query: ListParameters },
    responses: {
      200: { ...page, content: { ...page.content, "text/csv": { schema: table }, [XLSX]: { schema: workbook } } },
      ...unchanged,
    },
  }),
  async handler(c) {
    const query = c.req.valid("query");
    const { clinicId } = c.req.valid("param");
    const ctx = c.get("ctx");
    const filter = filterOf(query);
    const order = orderOf(query);
    c.header("vary", "accept", { append: true });
    const type = mediaTypeFor(c, ["application/json", "text/csv", "text/csv; headings=readable", XLSX]);
    if (type === "application/json") {
      const known = knownStates(c);
      return taggedState(c, await listPatients(ctx, clinicId, filter, order, pageOf(query), known.states), known);
    }
    const form = FORMS[type];
    const [contentType, extension] = form === "workbook" ? [XLSX, "xlsx"] : ["text/csv; charset=utf-8", "csv"];
    return streamed(c, await exportPatients(ctx, clinicId, filter, order, form), {
      "content-type": contentType,
      "content-disposition": `attachment; filename="patients-${toDateTime(ctx.now).slice(0, 10)}.${extension}"`,
    });
  },
});
