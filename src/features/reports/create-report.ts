import type { Ctx } from "../../platform/context/context.ts";
import type { DataOwners } from "../device-data/calls.ts";
import { chartsOf } from "../device-data/charts.ts";
import { findHasDataSets } from "../device-data/model/jobs-store.ts";
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
  owners: DataOwners,
  { clinicId, patientId }: { readonly clinicId: string; readonly patientId: string },
  own: ReportInput,
): Promise<Report> {
  ctx.answerStandsWhile(stateOfReport);
  const { found, clinic, hasDataSets } = await ctx.read({
    found: findPatient(clinicId, patientId),
    clinic: findClinicOfReport(clinicId),
    hasDataSets: findHasDataSets(patientId),
  });
  if (!found || !clinic) throw patientNotFound();
  const summary = rebuildSummary(found.row);
  const charts = await chartsOf(owners, found.row, { hasDataSets, summary });
  const source = { clinic, row: found.row, summary, charts };
  const { report } = await makeReport(ctx, bucket, source, { cause: "request", own, answerOf: toReport });
  return toReport(report);
}
