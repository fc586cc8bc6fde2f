import { outboxKind } from "../../../platform/outbox/kinds.ts";

/** An order that was received and is to be applied. */
export const EHR_ORDER = outboxKind("ehr_order", "EHR_QUEUE");
/** The same of Xealth, from which the order is read. */
export const XEALTH_ORDER = outboxKind("xealth_order", "EHR_QUEUE");
/** Numbers and report of one patient, to be sent. */
export const EHR_JOB = outboxKind("ehr_job", "EHR_QUEUE");
/** A clinic whose subscribed patients are to get a job each. */
export const EHR_RUN = outboxKind("ehr_run", "EHR_QUEUE");
