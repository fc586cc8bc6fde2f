import { insertAuditMessages } from "../../platform/audit/audit-store.ts";
import type { JobPolicy, OutboxSlice } from "../../platform/outbox/registry.ts";
import type { LeasedEntry } from "../../platform/outbox/store.ts";
import { EHR_JOB, EHR_ORDER, EHR_RUN, XEALTH_ORDER } from "./model/kinds.ts";
import { failMessage, leaveQueue } from "./orders/orders-store.ts";
import { processOrder } from "./orders/process-order.ts";
import { redoxSettings } from "./redox/settings.ts";
import { failJob, wakeNextJob } from "./sync/deliver-store.ts";
import { deliver } from "./sync/deliver.ts";
import { makeJobs } from "./sync/make-jobs.ts";
import { failRun } from "./sync/sync-store.ts";
import { processNotification } from "./xealth/process-notification.ts";
import { xealthSettings } from "./xealth/settings.ts";

const FIRST_PAUSE_SECONDS = 30;
const PAUSE_SECONDS_MAX = 3600;

const policy = {
  // An attempt asks Redox three times at most, each with a time limit.
  leaseMs: 240_000,
  /** Over about four hours. */
  attemptsMax: 10,
  backOffSeconds: (attempts: number) => Math.min(PAUSE_SECONDS_MAX, FIRST_PAUSE_SECONDS * 2 ** (attempts - 1)),
  isOn: (settings) => settings.of(redoxSettings).transport !== undefined,
} satisfies JobPolicy;

const variable = (it: LeasedEntry, name: string): string =>
  (JSON.parse(it.variables) as Record<string, string>)[name] ?? "";

/** That an EHR was not answered is on record, as a refused access is. */
const auditFailure = (operation: string, requestId: string, it: LeasedEntry, now: number, actorId = "redox") =>
  insertAuditMessages([
    {
      v: 1,
      at: now,
      requestId,
      actorKind: "service",
      actorId,
      operation,
      clinicId: it.clinicId,
      patientIds: it.recipientUserId === null ? [] : [it.recipientUserId],
      outcome: "refused",
    },
  ]);

export const outbox: OutboxSlice = {
  jobs: [
    [
      EHR_ORDER,
      (work, it) => processOrder(work, variable(it, "messageId")),
      {
        ...policy,
        failing(it, reason, now, outboxBatch) {
          const messageId = variable(it, "messageId");
          return [
            failMessage(messageId, reason),
            ...leaveQueue(messageId, outboxBatch, now),
            ...auditFailure("ProcessEHRMessage", messageId, it, now),
          ];
        },
      },
    ],
    [
      XEALTH_ORDER,
      (work, it) => processNotification(work, variable(it, "messageId"), it.attempts),
      {
        ...policy,
        isOn: (settings) => settings.of(xealthSettings) !== undefined,
        failing(it, reason, now, outboxBatch) {
          const messageId = variable(it, "messageId");
          return [
            failMessage(messageId, reason),
            ...leaveQueue(messageId, outboxBatch, now),
            ...auditFailure("XealthNotification", messageId, it, now, "xealth"),
          ];
        },
      },
    ],
    [
      EHR_JOB,
      (work, it) =>
        deliver(work, { jobId: variable(it, "jobId"), userId: it.recipientUserId ?? "", attempts: it.attempts }),
      {
        ...policy,
        failing(it, reason, now, outboxBatch) {
          const jobId = variable(it, "jobId");
          return [
            ...failJob(jobId, reason, now),
            wakeNextJob(jobId, outboxBatch, now),
            ...auditFailure("ehr_sync", jobId, it, now),
          ];
        },
      },
    ],
    [
      EHR_RUN,
      (work, it) => makeJobs(work, variable(it, "runId")),
      {
        ...policy,
        failing(it, reason, now) {
          const runId = variable(it, "runId");
          return [failRun(runId, now), ...auditFailure("SyncEHRData", runId, it, now)];
        },
      },
    ],
  ],
};
