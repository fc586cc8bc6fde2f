import { toClinic } from "../../clinics/model/schema.ts";
import type { WholeClinic } from "../../clinics/model/store.ts";
import { JsonBytes, WrittenJson } from "../../../platform/formats/json-bytes.ts";
import type { RowWithPeriods } from "../../summaries/rebuild.ts";
import { writeSummary } from "../../summaries/write.ts";
import type { FoundPatient } from "./read.ts";
import { toPatientWithoutSummary } from "./schema.ts";

/** Writes what `toPatient` makes of a record as JSON, which is all that those who only show it want of it. */
export function writePatient(out: JsonBytes, row: RowWithPeriods, siteNames: ReadonlyMap<string, string>): void {
  out.text(JSON.stringify(toPatientWithoutSummary(row, siteNames)).slice(0, -1));
  if (row.cgmSummaryId !== null || row.bgmSummaryId !== null) {
    out.text(',"summary":');
    writeSummary(out, row);
  }
  out.text("}");
}

/** The same as an answer. */
export function writtenPatient(row: RowWithPeriods, siteNames: ReadonlyMap<string, string>): WrittenJson {
  const out = new JsonBytes();
  writePatient(out, row, siteNames);
  return new WrittenJson(out.take());
}

/** Patients, each with its clinic (`PatientClinicRelationships`), as JSON; who has none of these clinics is left out. */
export function writtenRelationships(
  patients: readonly FoundPatient[],
  clinics: readonly WholeClinic[],
): Uint8Array<ArrayBuffer> {
  const clinicOf = new Map(clinics.map((whole) => [whole.clinic.id, JSON.stringify(toClinic(whole))]));
  const out = new JsonBytes();
  let separator = "[";
  for (const { row, siteNames } of patients) {
    const clinic = clinicOf.get(row.clinicId);
    if (clinic === undefined) continue;
    out.text(`${separator}{"patient":`);
    writePatient(out, row, siteNames);
    out.text(`,"clinic":${clinic}}`);
    separator = ",";
  }
  out.text(separator === "[" ? "[]" : "]");
  return out.take();
}
