import { toDateTime } from "../../../platform/core/wire.ts";
import type { NewReport } from "../../reports/model/reports-store.ts";
import { daysOf, localIn } from "./days.ts";
import { addressOf, recordIdOf, referenceTo, type RecordRow, updatedAtOf } from "./record.ts";
import { clinicOf, coding, type Draft, LOINC, SUMMARY_CODE } from "./resource.ts";

/** A report is about two weeks. */
const REPORTED_DAYS = 14;

/** A stored report. No `hash`: FHIR means SHA-1, which nobody has calculated. */
export function documentOf(origin: string, record: RecordRow, it: NewReport): Draft {
  const date = toDateTime(it.createdAt);
  const attachment = { contentType: "application/pdf", url: addressOf(origin, "Binary", it.id), size: it.size };
  const period = it.periodEnd === null ? undefined : daysOf(it.periodEnd, REPORTED_DAYS, localIn(record.timezone));
  return {
    updatedAt: Math.max(updatedAtOf(record), it.createdAt),
    resource: {
      resourceType: "DocumentReference",
      id: it.id,
      status: "current",
      docStatus: "final",
      type: coding(LOINC, SUMMARY_CODE),
      subject: referenceTo(recordIdOf(record)),
      date,
      custodian: clinicOf(origin, record),
      content: [{ attachment: { ...attachment, title: "report.pdf", creation: date } }],
      context: period && { period },
    },
  };
}
