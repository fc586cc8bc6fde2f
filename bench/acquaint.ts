import type { SeededClinic } from "./data.ts";
import type { BenchClinic } from "./scenarios.ts";
import type { Server } from "./server.ts";

interface ListedPatient {
  readonly id: string;
  readonly tags: readonly string[];
  readonly sites: readonly { readonly id: string; readonly name: string }[];
  readonly fullName: string;
  readonly birthDate: string;
  readonly mrn?: string;
  readonly email?: string;
  readonly summary?: { readonly cgmStats?: object; readonly bgmStats?: object };
}

/** What requests about a clinic name: one of its tags and sites, and a patient with a summary. */
export async function acquaint(product: Server, clinic: SeededClinic, token: string): Promise<BenchClinic> {
  const response = await fetch(`${product.url}/v1/clinics/${clinic.clinicId}/patients?limit=50`, {
    headers: { "x-tidepool-session-token": token },
  });
  const { data } = await response.json<{ data: ListedPatient[] }>();
  const patient = data.find(
    ({ tags, sites, mrn, email, summary }) =>
      tags.length > 0 && sites.length > 0 && mrn && email && summary?.cgmStats && summary.bgmStats,
  );
  if (!patient) throw new Error("nobody of the first page has tags, sites, and both summaries");
  const { id, tags, sites, fullName, birthDate, mrn, email, summary } = patient;
  return {
    ...clinic,
    tagId: tags[0]!,
    siteId: sites[0]!.id,
    patientId: id,
    fullName,
    mrn: mrn!,
    email: email!,
    record: { fullName, birthDate, mrn, email, tags, sites },
    summary: summary!,
  };
}
