import type { Ctx } from "../../platform/context/context.ts";
import { unavailable } from "../../platform/core/errors.ts";
import { parsedJson } from "../../platform/core/wire.ts";
import { refuseIfUnchanged, refuseUnlessFound } from "../../platform/db/guard.ts";
import { reportingPeriodOf } from "../ehr/model/observations.ts";
import type { EhrSettings } from "../clinics/model/settings-schema.ts";
import { patientNotFound } from "../patients/model/get-patient.ts";
import { findPatient, onePatient } from "../patients/model/read.ts";
import { patientWith } from "../patients/model/store.ts";
import { rebuildSummary } from "../summaries/rebuild.ts";
import { reportContentOf } from "./model/content-of-record.ts";
import { sha256Of, storeReport } from "./model/objects.ts";
import { completeReport, insertReport, stateOfReport } from "./model/reports-store.ts";
import { reportRenderer } from "./model/renderer.ts";
import { findClinicOfReport } from "./patient-read.ts";
import { type Report, type ReportInput, toReport } from "./schema.ts";

/**
 * Makes a report of what is known of a patient now, and stores it. It is recorded before it is stored, so that what is
 * interrupted in between is cleared. Three round trips.
 */
export async function createReport(
  ctx: Ctx,
  bucket: R2Bucket,
  { clinicId, patientId: userId }: { readonly clinicId: string; readonly patientId: string },
  input: ReportInput,
): Promise<Report> {
  ctx.answerStandsWhile(stateOfReport);
  const { found, clinic } = await ctx.read({
    found: findPatient(clinicId, userId),
    clinic: findClinicOfReport(clinicId),
  });
  if (!found || !clinic) throw patientNotFound();
  const id = ctx.newId();
  const summary = rebuildSummary(found.row);
  const period = reportingPeriodOf(summary);
  const bgUnits = input.bgUnits ?? clinic.preferredBgUnits ?? undefined;
  const content = reportContentOf({ id, at: ctx.now, clinicName: clinic.name, row: found.row, summary });
  const bytes = await reportRenderer.render(content, {
    reports: input.reports,
    ...(period ? { startDate: period.start, endDate: period.end } : {}),
    tzName: input.tzName ?? clinic.timezone ?? undefined,
    bgUnits,
    icode: parsedJson<EhrSettings>(clinic.ehrSettings)?.flowsheets.icode ?? false,
  });
  const report = {
    id,
    cause: "request",
    periodStart: period?.start ?? null,
    periodEnd: period?.end ?? null,
    size: bytes.byteLength,
    sha256: await sha256Of(bytes),
    createdAt: ctx.now,
  };
  const isPatient = refuseUnlessFound(patientWith(clinicId, userId), patientNotFound);
  await ctx.commit({
    clinicId,
    patientId: userId,
    answer: undefined,
    isPartial: true,
    steps: [isPatient, insertReport(onePatient(clinicId, userId), "making", report)],
    audit: [],
  });
  await storeReport(bucket, { reportId: id, clinicId, userId, period }, bytes, report.sha256).catch(
    (cause: unknown) => {
      throw unavailable("the report can't be stored now, try again", cause);
    },
  );
  return ctx.commit({
    clinicId,
    patientId: userId,
    answer: toReport(report),
    steps: [isPatient, completeReport(id), refuseIfUnchanged(patientNotFound)],
  });
}
