import { listPatientMerges, listPatients, pages } from "../../client/index.ts";
import { comparisonKey } from "../../src/platform/text/comparison-key.ts";
import type { Work } from "../command.ts";
import { type ClinicNow, personKey } from "./clinic.ts";
import type { ReadyRow } from "./columns.ts";

const PAGE = 50;

/**
 * The rows whose MRN is that of a record which was merged into another one of the same name and birth date: their people are
 * there, and would be there twice again. Only rows of such names cost requests.
 */
export async function mergedAway(
  work: Work,
  clinicId: string,
  rows: readonly ReadyRow[],
  { people }: ClinicNow,
): Promise<ReadonlySet<ReadyRow>> {
  const { client, io } = work;
  const merged = new Set<ReadyRow>();
  for (const row of rows) {
    const { fullName, birthDate, mrn } = row.body;
    const person = personKey(fullName, birthDate);
    if (mrn === undefined || !people.has(person)) continue;
    const query = { search: mrn, limit: PAGE };
    for await (const it of pages(listPatients, { client, signal: io.stop, path: { clinicId }, query })) {
      if (personKey(it.fullName, it.birthDate) !== person) continue;
      if (await hadMrn(work, clinicId, it.id, comparisonKey(mrn))) merged.add(row);
    }
  }
  return merged;
}

/** Whether a record was made one with one that had an MRN, itself or through others. */
async function hadMrn({ client, io }: Work, clinicId: string, id: string, mrnKey: string): Promise<boolean> {
  const ids = new Set([id]);
  for (const patientId of ids) {
    const call = { client, signal: io.stop, path: { clinicId, patientId }, query: { limit: PAGE } };
    for await (const { role, state, otherId, formerMrn } of pages(listPatientMerges, call)) {
      if (role !== "target" || state !== "merged") continue;
      if (formerMrn !== undefined && comparisonKey(formerMrn) === mrnKey) return true;
      ids.add(otherId);
    }
  }
  return false;
}
