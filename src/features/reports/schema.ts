import { z } from "@hono/zod-openapi";
import { CODE_LENGTH_MAX, list, text } from "../../platform/core/bounded-text.ts";
import { DateTime, ObjectId, toDateTime, UserId } from "../../platform/core/wire.ts";
import { isKnownZone } from "./model/clock.ts";
import { canBeDrawn, REPORT_SECTIONS } from "./model/content.ts";
import type { NewReport } from "./model/reports-store.ts";

export const Report = z
  .object({
    id: ObjectId,
    createdTime: DateTime,
    cause: z
      .enum(["sync", "request", "view"])
      .openapi({ description: "Made for an EHR, because somebody asked, or to be shown inside an EHR." }),
    startTime: DateTime.optional().openapi({ description: "The period it is about; absent when there was no data." }),
    endTime: DateTime.optional(),
    size: z.int().openapi({ description: "In bytes." }),
    sha256: z.string().openapi({ description: "Of the bytes, in hexadecimal." }),
  })
  .openapi("report");
export type Report = z.output<typeof Report>;

export const Reports = z.array(Report).openapi("reports");

/** As many as there are, and "all". */
const SECTIONS_MAX = REPORT_SECTIONS.length + 1;

export const ReportInput = z
  .object({
    reports: list(z.enum(["all", ...REPORT_SECTIONS]), SECTIONS_MAX)
      .min(1)
      .refine(canBeDrawn, {
        error: "sections other than settings are expected: settings of devices are not drawn yet",
      })
      .default(["all"])
      .openapi({
        description:
          "The sections; one without data is left out. `bgLog` and `daily` are drawn from data of devices, where " +
          "the patient permits the clinic to `view` them. `settings` are not drawn yet: beside others they are left out, alone they are refused.",
      }),
    tzName: text({ max: CODE_LENGTH_MAX })
      .refine(isKnownZone, { error: "the IANA name of a time zone is expected" })
      .optional()
      .openapi({
        description:
          "The IANA name of the time zone, such as `US/Pacific`; another name is refused. That of the clinic by default.",
        example: "US/Pacific",
      }),
    bgUnits: z.enum(["mg/dL", "mmol/L"]).optional().openapi({ description: "Those of the clinic by default." }),
  })
  .openapi("reportInput");
export type ReportInput = z.output<typeof ReportInput>;

export const ReportParams = z.object({ clinicId: ObjectId, patientId: UserId, reportId: ObjectId });

/** A report as a response shows it. */
export const toReport = (it: NewReport): Report => ({
  id: it.id,
  createdTime: toDateTime(it.createdAt),
  cause: it.cause as Report["cause"],
  startTime: it.periodStart === null ? undefined : toDateTime(it.periodStart),
  endTime: it.periodEnd === null ? undefined : toDateTime(it.periodEnd),
  size: it.size,
  sha256: it.sha256,
});
