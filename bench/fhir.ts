import type { LocalState } from "../scripts/local-state.ts";
import type { Measured } from "./goals.ts";
import { compared, type Comparison, type Side } from "./pairs.ts";
import { whileServed } from "./served.ts";

/** What this part is called among the scenarios. */
export const FHIR_NAME = "fhir: a summary as FHIR";

export interface FhirFigures {
  readonly result: Comparison;
  readonly measured: Measured;
}

/** Measures what a patient's summary as FHIR costs, against GetPatient of the same patient on the same server. */
export async function benchFhir(
  state: LocalState,
  sizes: readonly number[],
  { pairs, cpuSeconds }: { readonly pairs: number; readonly cpuSeconds: number },
  tell: (line: string) => void,
): Promise<FhirFigures> {
  return whileServed(state, sizes, tell, async ({ server, clinic: { clinicId, patientId }, token }) => {
    const side = (path: string, part: string): Side => ({
      server,
      async send() {
        const response = await fetch(server.url + path, {
          headers: { "x-tidepool-session-token": token, "accept-encoding": "identity" },
        });
        const text = await response.text();
        if (response.status !== 200 || !text.includes(part))
          throw new Error(`${path} was answered with ${response.status}`);
      },
    });
    const result = await compared(
      side(`/fhir/R4/Patient/${clinicId}.${patientId.replaceAll("-", "")}/$cgm-summary`, ".c14sum"),
      side(`/v1/clinics/${clinicId}/patients/${patientId}`, '"cgmStats"'),
      pairs,
      cpuSeconds,
    );
    tell(
      `${result.ratio.toFixed(2)}  a summary as FHIR (${result.ms.toFixed(2)} ms) against GetPatient (${result.otherMs.toFixed(2)} ms)`,
    );
    return { result, measured: { fhirCpu: result.ratio } };
  });
}
