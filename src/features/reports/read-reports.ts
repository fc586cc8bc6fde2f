import type { Ctx } from "../../platform/context/context.ts";
import { type ContentConditions, decideContent } from "../../platform/core/content-conditions.ts";
import { notFound, unavailable } from "../../platform/core/errors.ts";
import { type Page, toDateTime } from "../../platform/core/wire.ts";
import { patientNotFound } from "../patients/model/get-patient.ts";
import { openReport } from "./model/objects.ts";
import { findPatientOfReport, findReport, listReports } from "./model/reports-store.ts";
import { type Report, toReport } from "./schema.ts";

/** A page of a patient's reports, newest first. */
export async function listReportsOf(ctx: Ctx, clinicId: string, userId: string, page: Page): Promise<Report[]> {
  const { reports, patient } = await ctx.read({
    reports: listReports(clinicId, userId, page),
    patient: findPatientOfReport(clinicId, userId),
  });
  if (!patient) throw patientNotFound();
  ctx.auditRead(clinicId, [userId]);
  return reports.map(toReport);
}

/** What of a report is sent. */
export type ReportPart = { readonly etag: string; readonly size: number } & (
  | { readonly status: 304 | 412 | 416 }
  | {
      readonly status: 200 | 206;
      readonly body: ReadableStream;
      readonly start: number;
      readonly end: number;
      /** The day the report was made, `YYYY-MM-DD` in UTC. */
      readonly createdOn: string;
    }
);

/**
 * The part of a report that the conditions of a request ask for. They are decided here and not by the object store,
 * which ignores some of them and throws at others.
 */
export async function readPart(
  ctx: Ctx,
  bucket: R2Bucket,
  {
    clinicId,
    patientId,
    reportId,
  }: { readonly clinicId: string; readonly patientId: string; readonly reportId: string },
  conditions: ContentConditions,
): Promise<ReportPart> {
  const { report } = await ctx.read({ report: findReport(clinicId, patientId, reportId) });
  if (!report) throw notFound("report");
  const { size } = report;
  const etag = `"${report.sha256}"`;
  const decision = decideContent(conditions, etag, size);
  if (decision.status !== 200 && decision.status !== 206) return { ...decision, etag, size };
  const { start, end } = decision.status === 206 ? decision : { start: 0, end: size - 1 };
  const notNow = (cause?: unknown) => unavailable("the report can't be read now, try again", cause);
  const body = await openReport(bucket, reportId, { offset: start, length: end - start + 1 }).catch(
    (cause: unknown) => {
      throw notNow(cause);
    },
  );
  // Its row is deleted after the object: a moment later there is no such report.
  if (!body) throw notNow();
  ctx.auditRead(clinicId, [patientId]);
  return {
    status: decision.status,
    body,
    start,
    end,
    etag,
    size,
    createdOn: toDateTime(report.createdAt).slice(0, 10),
  };
}
