import { createRoute, z } from "@hono/zod-openapi";
import { CODE_LENGTH_MAX, text } from "../../../platform/core/bounded-text.ts";
import type { Settings } from "../../../platform/core/settings.ts";
import { ObjectId, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { ownersOf } from "../../device-data/calls.ts";
import { VIEWER_PATH } from "../viewer/link.ts";
import { refusalPage, viewerPage } from "../viewer/page.ts";
import { viewReport } from "../viewer/view-report.ts";
import { linkToken } from "../xealth/link-token.ts";
import { xealthSettings } from "../xealth/settings.ts";

const Link = z.object({
  clinicId: ObjectId,
  patientId: UserId.min(1),
  restricted_token: text({ min: 1, max: CODE_LENGTH_MAX }),
});

const frameOriginsOf = (settings: Settings | undefined): readonly string[] =>
  settings?.of(xealthSettings)?.frameOrigins ?? [];

export const viewPdfReportOperation = operation({
  route: createRoute({
    operationId: "ViewPDFReport",
    method: "get",
    path: VIEWER_PATH,
    summary: "View the latest report",
    description:
      "A page that shows the patient's newest report, made now if there is none that shows what is known. It is " +
      "opened by people, in a frame of the configured origins, with the link that `XealthGetProgramUrl` gives. " +
      "Refusals are pages, too.",
    tags: ["Xealth"],
    security: [{}],
    request: { query: Link },
    responses: {
      200: { description: "The page", content: { "text/html": { schema: z.string() } } },
      ...refusals({
        404: "No such clinic, or no such patient in it; or the integration is switched off",
        409: "The clinic is being merged, and there is no current report",
        422: "The report is too large to be shown",
      }),
    },
  }),
  authentication: linkToken,
  refusalPage: (refusal) => refusalPage(refusal, frameOriginsOf(refusal.settings)),
  async handler(c) {
    const { clinicId, patientId, restricted_token: token } = c.req.valid("query");
    const { settings } = c.get("ctx");
    const shown = await viewReport(c.get("ctx"), c.env.REPORTS, ownersOf(c.env), { clinicId, patientId, token });
    const { html, headers } = viewerPage({
      ...shown,
      product: settings.product,
      frameOrigins: frameOriginsOf(settings),
    });
    return c.html(html, 200, headers);
  },
});
