import { ClinicsError, getClinic, getMrnSettings, listPatients, type PatientV1 } from "../../client/index.ts";
import type { Work } from "../command.ts";
import { comparisonKey } from "../../src/platform/text/comparison-key.ts";
import { keyOf, type Labels } from "./columns.ts";

/** A page of patients with their summaries stays below a few megabytes. */
const PAGE = 250;

/** What the rows of a file are checked against. */
export interface ClinicNow {
  readonly labels: Labels;
  readonly isMrnRequired: boolean;
  /** The birth date of whom the clinic has, by the key of their MRN. */
  readonly byMrn: ReadonlyMap<string, string>;
  /** Whom the clinic has, by name and birth date. */
  readonly people: ReadonlySet<string>;
}

/** By what a person without MRN is recognised. */
export const personKey = (fullName: string, birthDate: string): string => `${birthDate} ${comparisonKey(fullName)}`;

/**
 * All patients of a clinic, none missed: who is removed meanwhile moves those behind them to the page before. So a page begins
 * with somebody of the one before, and where it does not, an earlier one is read again. Some may come twice.
 */
async function* everyPatient({ client, io }: Pick<Work, "client" | "io">, clinicId: string): AsyncGenerator<PatientV1> {
  const seen = new Set<string>();
  for (let offset = 0; ; ) {
    const query = { offset, limit: PAGE };
    const { data } = await listPatients({ client, path: { clinicId }, signal: io.stop, query });
    const [first] = data;
    const hasGap = offset > 0 && (first === undefined || !seen.has(first.id));
    if (hasGap) {
      offset = Math.max(0, offset - PAGE / 2);
      continue;
    }
    for (const patient of data) seen.add(patient.id);
    yield* data;
    if (data.length < PAGE) return;
    offset += PAGE - 1;
  }
}

/** Reads a clinic's rules, labels and patients; of these only what tells who is there is kept. */
export async function readClinic({ client, io }: Work, clinicId: string): Promise<ClinicNow> {
  const call = { client, path: { clinicId }, signal: io.stop };
  const clinic = await getClinic(call);
  const mrn = await getMrnSettings(call).catch((error: unknown) => {
    // None were ever set.
    if (error instanceof ClinicsError && error.status === 404) return { required: false };
    throw error;
  });
  const byMrn = new Map<string, string>();
  const people = new Set<string>();
  for await (const patient of everyPatient({ client, io }, clinicId)) {
    if (patient.mrn) byMrn.set(comparisonKey(patient.mrn), patient.birthDate);
    people.add(personKey(patient.fullName, patient.birthDate));
  }
  return {
    labels: {
      tags: new Map((clinic.patientTags ?? []).map(({ id, name }) => [keyOf(name), id])),
      sites: new Map((clinic.sites ?? []).map(({ id, name }) => [keyOf(name), { id, name }])),
    },
    isMrnRequired: mrn.required,
    byMrn,
    people,
  };
}
