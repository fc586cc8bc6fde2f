import type { Ctx } from "../../../platform/context/context.ts";
import { notFound, Refusal, unauthorized } from "../../../platform/core/errors.ts";
import { faultOf, log } from "../../../platform/core/log.ts";
import { parsedJson } from "../../../platform/core/wire.ts";
import { holderOfToken } from "../../accounts/tokens-store.ts";
import type { EhrSettings } from "../../clinics/model/settings-schema.ts";
import type { DataOwners } from "../../device-data/calls.ts";
import { chartsOf } from "../../device-data/charts.ts";
import { findHasDataSets } from "../../device-data/model/jobs-store.ts";
import { patientNotFound } from "../../patients/model/get-patient.ts";
import { findPatient } from "../../patients/model/read.ts";
import { findClinicOfReport } from "../../reports/model/clinic-read.ts";
import { type ReportSource, usuallyShown } from "../../reports/model/draw-report.ts";
import { makeReport } from "../../reports/model/make-report.ts";
import { readReport } from "../../reports/model/objects.ts";
import { findUsualReport, type NewReport } from "../../reports/model/reports-store.ts";
import { rebuildSummary } from "../../summaries/rebuild.ts";
import { viewerScope } from "./link.ts";

/** Our choice: two hundred times what a report has. All of it is in memory, and in the page. */
const SHOWN_BYTES_MAX = 8 * 1024 * 1024;

/** What a link says. */
export interface Link {
  readonly clinicId: string;
  readonly patientId: string;
  readonly token: string;
}

export interface ShownReport {
  readonly bytes: Uint8Array;
  readonly createdAt: number;
}

/**
 * The report of what is known of a patient now, for who has a link to it: the newest stored one where nothing it shows
 * has changed, else a new one, which is stored. The link is checked before anything is told, then clinic and patient,
 * then what was ordered. One round trip, three when a report is made.
 */
export async function viewReport(ctx: Ctx, bucket: R2Bucket, owners: DataOwners, link: Link): Promise<ShownReport> {
  const { clinicId, patientId, token } = link;
  const { holder, clinic, found, newest, hasDataSets } = await ctx.read({
    holder: await holderOfToken(token, viewerScope(clinicId, patientId), ctx.now),
    clinic: findClinicOfReport(clinicId),
    found: findPatient(clinicId, patientId),
    newest: findUsualReport(clinicId, patientId),
    hasDataSets: findHasDataSets(patientId),
  });
  if (holder !== patientId) throw unauthorized("unauthorized: invalid or expired token");
  if (!clinic) throw notFound("clinic");
  if (!found) throw patientNotFound();
  if (!isOrdered(clinic.ehrSettings, found.row.ehrSubscriptions)) {
    throw new Refusal("unauthorized", "unauthorized: patient doesn't have active subscriptions", {
      code: "not_subscribed",
    });
  }
  const summary = rebuildSummary(found.row);
  const charts = await chartsOf(owners, found.row, { hasDataSets, summary });
  const source = { clinic, row: found.row, summary, charts };
  const shown = (await keptReport(ctx, bucket, source, newest)) ?? (await newReport(ctx, bucket, source));
  ctx.auditRead(clinicId, [patientId]);
  return shown;
}

/** Whether the clinic's EHR is Xealth's, and has ordered the patient's reports. */
function isOrdered(ehrSettings: string | null, ehrSubscriptions: string | null): boolean {
  const settings = parsedJson<EhrSettings>(ehrSettings);
  const subscriptions = parsedJson<{ readonly xealthReports?: { readonly active: boolean } }>(ehrSubscriptions);
  return settings?.provider === "xealth" && settings.enabled && subscriptions?.xealthReports?.active === true;
}

/** The stored report, if it shows what is known now and can be read. */
async function keptReport(
  ctx: Ctx,
  bucket: R2Bucket,
  source: ReportSource,
  newest: NewReport | undefined,
): Promise<ShownReport | undefined> {
  if (!newest || newest.shownSha256 !== (await usuallyShown(source))) return undefined;
  refuseTooLarge(newest.size);
  const bytes = await readReport(bucket, newest.id).catch((error: unknown) => {
    log("warn", "report not read", { requestId: ctx.requestId, fault: faultOf(error) });
    return undefined;
  });
  return bytes && { bytes, createdAt: newest.createdAt };
}

async function newReport(ctx: Ctx, bucket: R2Bucket, source: ReportSource): Promise<ShownReport> {
  const { bytes, report } = await makeReport(ctx, bucket, source, { cause: "view" });
  refuseTooLarge(report.size);
  return { bytes, createdAt: report.createdAt };
}

function refuseTooLarge(size: number): void {
  if (size <= SHOWN_BYTES_MAX) return;
  const message = "constraint violation: the report is too large to be shown";
  throw new Refusal("constraintViolation", message, { code: "report_too_large" });
}
