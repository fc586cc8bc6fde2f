import { createRoute } from "@hono/zod-openapi";
import { ClinicParams } from "../../clinics/model/schema.ts";
import { boundOf, json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { DEFAULT_CATEGORIES } from "../rules.ts";
import { TideParameters, TideResponse } from "../schema.ts";
import { tideReport } from "../tide-report.ts";

export const tideReportOperation = operation({
  route: createRoute({
    operationId: "TideReport",
    method: "get",
    path: "/v1/clinics/{clinicId}/tide_report",
    summary: "Get the TIDE report",
    description:
      "Lists the tagged patients of a clinic who need attention, by their CGM statistics. Each is listed in the " +
      "first of the requested categories they are of. After 100 patients the report ends; categories it did not " +
      "reach are left out. `noData` has up to 50 patients without recent data, who may be in a category, too.",
    tags: ["Patients"],
    request: { params: ClinicParams, query: TideParameters },
    responses: { 200: json(TideResponse, "The report") },
  }),
  async handler(c) {
    const { tags, period, lastDataCutoff, categories, sites, excludeNoData } = c.req.valid("query");
    const asked = {
      period,
      tags,
      lastDataCutoff: boundOf(lastDataCutoff),
      categories: categories ?? DEFAULT_CATEGORIES,
      sites,
      excludeNoData: excludeNoData ?? false,
    };
    const report = await tideReport(c.get("ctx"), c.req.valid("param").clinicId, asked, lastDataCutoff);
    return c.json(report, 200);
  },
});
