import type { SeededClinic } from "./data.ts";
import type { BenchClinic } from "./scenarios.ts";
import type { Server } from "./server.ts";

/** What requests about a clinic name: one of its tags, and a patient with a summary. */
export async function acquaint(product: Server, clinic: SeededClinic, token: string): Promise<BenchClinic> {
  const response = await fetch(`${product.url}/v1/clinics/${clinic.clinicId}/patients?limit=50`, {
    headers: { "x-tidepool-session-token": token },
  });
  const { data } = await response.json<{
    data: { id: string; tags: string[]; summary?: { cgmStats?: object; bgmStats?: object } }[];
  }>();
  const patient = data.find(({ tags, summary }) => tags.length > 0 && summary?.cgmStats && summary.bgmStats);
  if (!patient) throw new Error("nobody of the first page has tags and both summaries");
  return { ...clinic, tagId: patient.tags[0]!, patientId: patient.id, summary: patient.summary! };
}
