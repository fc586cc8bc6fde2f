import type { Ctx } from "../../platform/context/context.ts";
import { patientNotFound } from "../patients/model/get-patient.ts";
import { findPatient } from "../patients/model/read.ts";
import { rebuildSummary } from "../summaries/rebuild.ts";
import { findClinicOfReport } from "./model/clinic-read.ts";
import { makeReport } from "./model/make-report.ts";
import { stateOfReport } from "./model/reports-store.ts";
import { type Report, type ReportInput, toReport } from "./schema.ts";

/** Makes a report of what is known of a patient now, and stores it. Three round trips. */
export async function createReport(
  ctx: Ctx,
  bucket: R2Bucket,
  { clinicId, patientId }: { readonly clinicId: string; readonly patientId: string },
  own: ReportInput,
): Promise<Report> {
  ctx.answerStandsWhile(stateOfReport);
  const { found, clinic } = await ctx.read({
    found: findPatient(clinicId, patientId),
    clinic: findClinicOfReport(clinicId),
  });
  if (!found || !clinic) throw patientNotFound();
  const source = { clinic, row: found.row, summary: rebuildSummary(found.row) };
  const { report } = await makeReport(ctx, bucket, source, { cause: "request", own, answerOf: toReport });
  return toReport(report);
}
