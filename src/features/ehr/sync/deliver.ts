import { insertAuditMessages } from "../../../platform/audit/audit-store.ts";
import { DeliveryError } from "../../../platform/core/delivery-error.ts";
import { persistently } from "../../../platform/core/persistently.ts";
import { parsedJson } from "../../../platform/core/wire.ts";
import { refuseIfFound } from "../../../platform/db/guard.ts";
import { askingOf, type ReadResults } from "../../../platform/db/read.ts";
import type { JobOutcome, JobWork } from "../../../platform/outbox/registry.ts";
import type { EhrSettings } from "../../clinics/model/settings-schema.ts";
import { ownersOf } from "../../device-data/calls.ts";
import { chartsOf } from "../../device-data/charts.ts";
import { findHasDataSets } from "../../device-data/model/jobs-store.ts";
import type { FoundPatient } from "../../patients/model/read.ts";
import { drawReport } from "../../reports/model/draw-report.ts";
import { readReport, storeReport } from "../../reports/model/objects.ts";
import { insertReport } from "../../reports/model/reports-store.ts";
import { rebuildSummary } from "../../summaries/rebuild.ts";
import type { PatientSummary } from "../../summaries/schema.ts";
import { newestUploadOf, type Observation, observationsOf, reportingPeriodOf } from "../model/observations.ts";
import { type Redox, redoxClient } from "../redox/client.ts";
import { flowsheetMessage, noteBody } from "../redox/messages.ts";
import { redoxSettings, type RedoxTransport } from "../redox/settings.ts";
import { unlessRedoxIsBusy, waitForRedox } from "../redox/waiting.ts";
import {
  type ClinicOfJob,
  discardUnsentReport,
  earlierJobs,
  endJob,
  type JobRow,
  keepSnapshot,
  type OrderOfJob,
  recordFlowsheet,
  sentFlowsheet,
  recordNote,
  recordOfJob,
  type Standing,
  standingOf,
  takeJob,
  wakeNextJob,
} from "./deliver-store.ts";

/** Whoever a job waits for makes it due again; should that be missed, it looks again after this time. */
const LOOK_AGAIN_MS = 300_000;
/** A note replaces one that was delivered this short a time before it was asked for. */
const REPLACES_WITHIN_MS = 300_000;

/** What is sent: the same in every attempt. */
interface Snapshot {
  readonly at: number;
  readonly observations: readonly Observation[];
  /** Undefined: there is no report to send. */
  readonly note: { readonly eventType: "New" | "Replace"; readonly originalDocumentId: string | undefined } | undefined;
}

/** Everything a job is about, complete. */
interface Subject {
  readonly job: JobRow;
  /** An attempt that was interrupted may have left one. */
  readonly mayHaveReport: boolean;
  readonly found: FoundPatient;
  readonly summary: PatientSummary | undefined;
  readonly hasDataSets: boolean;
  readonly clinic: ClinicOfJob;
  readonly settings: EhrSettings & { readonly destinationIds: NonNullable<EhrSettings["destinationIds"]> };
  readonly order: OrderOfJob;
  readonly message: unknown;
  readonly delivered: ReadResults<{ it: ReturnType<typeof takeJob> }>["it"]["delivered"];
}

/**
 * Sends the numbers and the report of one patient to the EHR that has ordered them: a flowsheet, then a note, each once as
 * far as can be known. What may have changed since the job was made is checked right before each message. Five round
 * trips with the lease.
 */
export async function deliver(
  work: JobWork,
  { jobId, userId, attempts }: { readonly jobId: string; readonly userId: string; readonly attempts: number },
): Promise<JobOutcome> {
  const { it, hasDataSets } = await askingOf(work.db).read({
    it: takeJob(jobId, work.now),
    hasDataSets: findHasDataSets(userId),
  });
  const { job } = it;
  if (!job || job.state === "sent" || job.state === "skipped") return "done";
  const { transport, sendsTests } = work.settings.of(redoxSettings);
  if (!transport) return { waitUntil: work.now + LOOK_AGAIN_MS };
  const mayHaveReport = attempts > 1 || job.snapshot !== null;
  const skip = (reason: string) => skipped(work, job, reason, mayHaveReport);
  const obstacle = obstacleIn(it.standing, job, work.now);
  if (obstacle) return "waitUntil" in obstacle ? obstacle : skip(obstacle.skipped);
  const settings = parsedJson<EhrSettings>(it.clinic?.ehrSettings ?? null);
  if (!it.patient || !it.clinic || !settings) return skip("patient_gone");
  if (!it.order) return skip("order_gone");
  if (it.order.isTest === 1 && !sendsTests) return skip("test_order");
  const { destinationIds } = settings;
  if (!destinationIds) throw new DeliveryError("no_destination", { isFinal: true });
  const message: unknown = JSON.parse(it.order.message);
  const subject = {
    job,
    mayHaveReport,
    found: it.patient,
    summary: rebuildSummary(it.patient.row),
    hasDataSets,
    clinic: it.clinic,
    settings: { ...settings, destinationIds },
    order: it.order,
    message,
    delivered: it.delivered,
  };
  const kept = parsedJson<Snapshot>(job.snapshot);
  if (!kept && job.cause !== "order" && !hasNewUpload(subject)) return skip("no_new_upload");
  const sending = { askedAt: job.createdAt, destinationIds: [destinationIds.flowsheet, destinationIds.notes] };
  return unlessRedoxIsBusy(work, sending, () => send(work, redoxClient(transport), transport, subject, kept));
}

async function send(
  work: JobWork,
  client: Redox,
  transport: RedoxTransport,
  subject: Subject,
  kept: Snapshot | undefined,
): Promise<JobOutcome> {
  const { job, settings, message } = subject;
  const prepared = await prepare(work, subject, kept);
  if (!prepared) return skipped(work, job, "no_data", subject.mayHaveReport);
  const { snapshot, pdf } = prepared;
  let { standing } = prepared;
  if (job.flowsheetSentAt === null) {
    const obstacle = obstacleIn(standing, job, work.now);
    if (obstacle) return "waitUntil" in obstacle ? obstacle : skipped(work, job, obstacle.skipped, true);
    await client.send(
      JSON.stringify(
        flowsheetMessage({
          order: message,
          source: transport.source,
          destinationId: settings.destinationIds.flowsheet,
          at: snapshot.at,
          observations: snapshot.observations,
        }),
      ),
    );
    const now = Date.now();
    const isFirst = refuseIfFound(sentFlowsheet(job.id), () => new AlreadyRecorded());
    standing = await recorded(work, job.id, isFirst, recordFlowsheet(job.id, now), ...disclosed(subject, now));
  }
  if (snapshot.note && job.noteSentAt === null) {
    const obstacle = obstacleIn(standing, job, work.now);
    if (obstacle) return "waitUntil" in obstacle ? obstacle : skipped(work, job, obstacle.skipped, true);
    if (!pdf) return skipped(work, job, "report_gone", true);
    const content = transport.uploadUrl === undefined ? { file: pdf } : { uri: await client.upload(pdf) };
    await client.send(
      noteBody({
        order: message,
        source: transport.source,
        destinationId: settings.destinationIds.notes,
        at: snapshot.at,
        eventType: snapshot.note.eventType,
        documentId: job.id,
        originalDocumentId: snapshot.note.originalDocumentId,
        content,
        gmi: settings.notes?.includeGMI ? (gmiOf(snapshot.observations) ?? null) : undefined,
      }),
    );
  }
  const now = Date.now();
  return {
    done: true,
    finishing: [
      ...(snapshot.note ? [recordNote(job.id, now)] : []),
      endJob(job.id, "sent", null, now),
      wakeNextJob(job.id, work.outboxBatch, now),
    ],
  };
}

const gmiOf = (observations: readonly Observation[]): Observation | undefined =>
  observations.find(({ code }) => code === "GLUCOSE_MANAGEMENT_INDICATOR");

/** The numbers and the report that are sent; the first attempt makes and keeps them. Undefined: there are none. */
async function prepare(
  work: JobWork,
  subject: Subject,
  kept: Snapshot | undefined,
): Promise<
  { snapshot: Snapshot; pdf: Uint8Array<ArrayBuffer> | undefined; standing: Standing | undefined } | undefined
> {
  const { job, found, summary, hasDataSets, clinic, settings } = subject;
  if (kept) {
    const pdf = kept.note ? await readReport(work.bindings.REPORTS, job.id) : undefined;
    return { snapshot: kept, pdf, standing: await recorded(work, job.id) };
  }
  const { icode } = settings.flowsheets;
  const observations = observationsOf(summary, { bgUnits: clinic.preferredBgUnits ?? undefined, icode });
  if (observations.length === 0) return undefined;
  const period = reportingPeriodOf(summary);
  const snapshot: Snapshot = { at: work.now, observations, note: period && noteOf(subject) };
  const charts = await chartsOf(ownersOf(work.bindings), found.row, { hasDataSets, summary });
  const drawn = period
    ? await drawReport({ clinic, row: found.row, summary, charts }, { id: job.id, cause: "sync", at: work.now })
    : undefined;
  if (drawn) await storeReport(work.bindings.REPORTS, drawn.origin, drawn.bytes, drawn.report.sha256);
  const standing = await recorded(
    work,
    job.id,
    keepSnapshot(job.id, JSON.stringify(snapshot), newestUploadOf(summary) ?? null),
    ...(drawn ? [insertReport(recordOfJob(job.id), "ready", drawn.report)] : []),
  );
  return { snapshot, pdf: drawn?.bytes, standing };
}

/** A note replaces the one of the last delivered sync of the order, where the clinic wants that and it is new enough. */
function noteOf({ job, settings, delivered }: Subject): NonNullable<Snapshot["note"]> {
  const replaces =
    settings.scheduledReports.onUploadNoteEventType === "Replace" &&
    delivered?.syncId != null &&
    delivered.syncNoteAt !== null &&
    delivered.syncNoteAt > job.createdAt - REPLACES_WITHIN_MS;
  return replaces
    ? { eventType: "Replace", originalDocumentId: delivered.syncId ?? undefined }
    : { eventType: "New", originalDocumentId: undefined };
}

/** Whether there is an upload that no delivered message covers: after the order, and after the last delivered sync. */
function hasNewUpload({ summary, order, delivered }: Subject): boolean {
  const newest = newestUploadOf(summary);
  if (newest === undefined) return false;
  const cutOff = delivered?.syncCreatedAt ?? order.eventAt ?? Number.NEGATIVE_INFINITY;
  return newest > Math.max(cutOff, delivered?.coveredUntil ?? Number.NEGATIVE_INFINITY);
}

/** What stands against sending now: something to wait for, or a reason not to send at all. */
function obstacleIn(
  standing: Standing | undefined,
  { id, createdAt }: JobRow,
  now: number,
): Extract<JobOutcome, { waitUntil: number }> | { readonly skipped: string } | undefined {
  if (!standing || standing.hasPatient === 0) return { skipped: "patient_gone" };
  if (standing.isConnected === 0) return { skipped: "not_connected" };
  if (standing.isSubscribed === 0) return { skipped: "not_subscribed" };
  if (standing.isOfThisEhr === 0) return { skipped: "order_of_another_ehr" };
  if (standing.isSuperseded === 1) return { skipped: "superseded" };
  if (standing.hasEarlier === 1) return { waitUntil: now + LOOK_AGAIN_MS, waitsFor: earlierJobs(id) };
  return standing.pausedUntil === null ? undefined : waitForRedox(standing.pausedUntil, createdAt);
}

/** Thrown in the batch that records a sent flowsheet when a try whose answer was lost has recorded it, and what it disclosed. */
class AlreadyRecorded extends Error {
  static override readonly name: string = "AlreadyRecorded";
}

/**
 * Writes what has happened and reads, in the same round trip, whether the next message may still be sent. The statements may
 * be run twice, or refuse to be: a message that is not recorded is sent again.
 */
async function recorded(
  work: JobWork,
  jobId: string,
  ...statements: Parameters<JobWork["db"]["batch"]>[0]
): Promise<Standing | undefined> {
  const standing = standingOf(jobId, work.now);
  const results = await persistently(() =>
    work.db.batch([...statements, ...standing.statements]).catch((error: unknown) => {
      if (error instanceof AlreadyRecorded) return undefined;
      throw error;
    }),
  );
  if (results === undefined) return recorded(work, jobId);
  return standing.take(results.slice(statements.length));
}

/** Ends a job that sends nothing more; a report that nobody was sent is deleted. */
function skipped(work: JobWork, job: JobRow, reason: string, hasReport: boolean): JobOutcome {
  const now = Date.now();
  return {
    skipped: reason,
    finishing: [
      endJob(job.id, "skipped", reason, now),
      ...(hasReport ? [discardUnsentReport(job.id, now)] : []),
      wakeNextJob(job.id, work.outboxBatch, now),
    ],
  };
}

/** The patient's record went to the EHR: an access like any other. */
const disclosed = ({ job, clinic, found }: Subject, now: number) =>
  insertAuditMessages([
    {
      v: 1,
      at: now,
      requestId: job.id,
      actorKind: "service",
      actorId: "redox",
      operation: "ehr_sync",
      clinicId: clinic.id,
      patientIds: [found.row.userId],
      outcome: "read",
    },
  ]);
