import type { Ctx } from "../../../platform/context/context.ts";
import { notFound, unavailable } from "../../../platform/core/errors.ts";
import { refuseIfUnchanged, refuseUnlessFound } from "../../../platform/db/guard.ts";
import { drawReport, type DrawnReport, type OwnOptions, type ReportSource } from "./draw-report.ts";
import { storeReport } from "./objects.ts";
import { completeReport, insertReport, type NewReport, patientOfReport, recordOfPatient } from "./reports-store.ts";

const patientNotFound = () => notFound("patient");

/**
 * Draws a report, stores and records it. It is recorded before it is stored, so that what is interrupted in between is
 * cleared. Two round trips.
 */
export async function makeReport(
  ctx: Ctx,
  bucket: R2Bucket,
  source: ReportSource,
  how: {
    readonly cause: "request" | "view";
    readonly own?: OwnOptions;
    /** What the caller is answered, where that is to be kept for a repeat. */
    readonly answerOf?: (report: NewReport) => unknown;
  },
): Promise<DrawnReport> {
  const clinicId = source.clinic.id;
  const { userId } = source.row;
  const drawn = await drawReport(source, { id: ctx.newId(), cause: how.cause, at: ctx.now }, how.own);
  const { bytes, origin, report } = drawn;
  const isPatient = refuseUnlessFound(patientOfReport(clinicId, userId), patientNotFound);
  await ctx.commit({
    clinicId,
    patientId: userId,
    answer: undefined,
    isPartial: true,
    steps: [isPatient, insertReport(recordOfPatient(clinicId, userId), "making", report)],
    audit: [],
  });
  await storeReport(bucket, origin, bytes, report.sha256).catch((cause: unknown) => {
    throw unavailable("the report can't be stored now, try again", cause);
  });
  await ctx.commit({
    clinicId,
    patientId: userId,
    answer: how.answerOf?.(report),
    steps: [isPatient, completeReport(report.id), refuseIfUnchanged(patientNotFound)],
  });
  return drawn;
}
