import type { Ctx } from "../../platform/context/context.ts";
import { constraintViolation, notFound, Refusal, unavailable } from "../../platform/core/errors.ts";
import { patientNotFound } from "../patients/model/get-patient.ts";
import { successorOf } from "../patients/model/with-successor.ts";
import { openReport, readReport } from "../reports/model/objects.ts";
import type { NewReport } from "../reports/model/reports-store.ts";
import { findIsDeleted, findPeriods, findRecord, findReportOf } from "./fhir-read.ts";
import { collection, submission } from "./model/bundle.ts";
import { documentOf } from "./model/document.ts";
import { type PeriodKey, periodOf, type PeriodRow, type Summary, summaryOf } from "./model/observations.ts";
import { mergedPatientOf, patientOf } from "./model/patient.ts";
import { recordIdOf, type RecordId, type RecordRow, referenceTo } from "./model/record.ts";
import { type Resource, versioned, type Versioned } from "./model/resource.ts";
import { gone } from "./refusals.ts";

interface FoundRecord {
  readonly record: RecordRow;
  readonly period: PeriodRow | undefined;
  /** Whether this is the record that the one which was asked for was merged into. */
  readonly isSurvivor?: boolean;
}

/**
 * A record, and a period of its summary where one is asked for; refuses one that is not there. One round trip; for a record
 * that was merged into another, which is found in its place where `leadsOn`, two more.
 */
async function recordWith(
  ctx: Ctx,
  id: RecordId,
  periods: readonly PeriodKey[],
  leadsOn: boolean,
): Promise<FoundRecord> {
  const { record, isDeleted, rows } = await ctx.read({
    record: findRecord(id),
    isDeleted: findIsDeleted(id),
    ...(periods.length > 0 && { rows: findPeriods(id, periods) }),
  });
  if (!record) {
    const survivor = leadsOn ? await successorOf(ctx, id.clinicId, id.patientId) : undefined;
    if (survivor === undefined) throw isDeleted ? gone() : patientNotFound();
    return { ...(await recordWith(ctx, { ...id, patientId: survivor }, periods, false)), isSurvivor: true };
  }
  ctx.auditRead(id.clinicId, [id.patientId]);
  return { record, period: rows?.[0] };
}

export async function readPatient(ctx: Ctx, origin: string, id: RecordId): Promise<Versioned> {
  const { record, isSurvivor } = await recordWith(ctx, id, [], true);
  return versioned(isSurvivor ? mergedPatientOf(origin, id, record) : patientOf(origin, record));
}

export async function readObservation(ctx: Ctx, record: RecordId, id: string): Promise<Versioned> {
  const { period } = periodOf(id)!;
  const found = await recordWith(ctx, record, [period], false);
  const draft = summaryOf(found.record, found.period).observations.find(({ resource }) => resource.id === id);
  if (!draft) throw notFound("observation");
  return versioned(draft);
}

/** A report's row, for who may read it. One round trip. */
async function reportOf(ctx: Ctx, reportId: string): Promise<RecordRow & { readonly report: NewReport }> {
  const { found } = await ctx.read({ found: findReportOf(reportId) });
  if (!found) throw notFound("report");
  ctx.auditRead(found.clinicId, [found.userId]);
  return found;
}

export async function readDocument(ctx: Ctx, origin: string, reportId: string): Promise<Versioned> {
  const found = await reportOf(ctx, reportId);
  return versioned(documentOf(origin, found, found.report));
}

const notNow = (cause?: unknown) => unavailable("the report can't be read now, try again", cause);
const base64Of = (bytes: Uint8Array): string => (bytes as Uint8Array & { toBase64: () => string }).toBase64();

/** What of a PDF is sent: its bytes, or a resource with them. */
export interface Binary {
  readonly versionId: string;
  readonly updatedAt: number;
  readonly size: number;
  readonly body: () => Promise<ReadableStream>;
  readonly resource: () => Promise<Resource>;
}

const VERSION_LENGTH = 16;

export async function readBinary(ctx: Ctx, bucket: R2Bucket, reportId: string): Promise<Binary> {
  const { report, ...record } = await reportOf(ctx, reportId);
  const present = <T>(it: T | undefined): T => {
    if (it === undefined) throw notNow();
    return it;
  };
  const fail = (cause: unknown) => {
    throw cause instanceof Refusal ? cause : notNow(cause);
  };
  return {
    versionId: report.sha256.slice(0, VERSION_LENGTH),
    updatedAt: report.createdAt,
    size: report.size,
    body: () => openReport(bucket, reportId, { offset: 0, length: report.size }).then(present).catch(fail),
    resource: async () => ({
      resourceType: "Binary",
      id: reportId,
      contentType: "application/pdf",
      securityContext: referenceTo(recordIdOf(record)),
      data: base64Of(await readReport(bucket, reportId).then(present).catch(fail)),
    }),
  };
}

/** How `$cgm-summary` is asked for. */
export interface SummaryAsked {
  readonly period: PeriodKey;
  /** The patient in the EHR that it is for. */
  readonly subject: string | undefined;
}

/** A patient's summary of one period as a bundle; for an EHR in the form it takes. */
export async function readSummary(ctx: Ctx, origin: string, id: RecordId, asked: SummaryAsked): Promise<Resource> {
  const { record, period } = await recordWith(ctx, id, [asked.period], true);
  const { observations, missing }: Summary = summaryOf(record, period);
  if (asked.subject !== undefined) {
    // The guide takes whatever has the code of a panel for one, and demands all of its members: one that lacks some stays here.
    const submitted = missing.length === 0 ? observations : observations.slice(1);
    if (submitted.length === 0) throw constraintViolation("there is no summary to submit");
    return submission(origin, ctx.now, submitted, asked.subject);
  }
  const resources = await Promise.all([patientOf(origin, record), ...observations].map(versioned));
  return collection(origin, ctx.now, resources, missing);
}
