import type { LocalState } from "../scripts/local-state.ts";
import type { Measured } from "./goals.ts";
import { compared, type Comparison, type Side } from "./pairs.ts";
import { whileServed } from "./served.ts";

/** What this part is called among the scenarios. */
export const UNCHANGED_NAME = "unchanged: answers of 304";

export interface UnchangedFigures {
  readonly results: readonly (Comparison & { readonly operation: string })[];
  readonly measured: Measured;
}

/** Measures what it costs to say that nothing has changed, against the whole answer of the same server. */
export async function benchUnchanged(
  state: LocalState,
  sizes: readonly number[],
  { pairs, cpuSeconds }: { readonly pairs: number; readonly cpuSeconds: number },
  tell: (line: string) => void,
): Promise<UnchangedFigures> {
  return whileServed(state, sizes, tell, async ({ server, clinic: { clinicId, patientId }, token }) => {
    const results: (Comparison & { operation: string })[] = [];
    for (const [operation, path] of [
      ["GetPatient", `/v1/clinics/${clinicId}/patients/${patientId}`],
      ["GetClinic", `/v1/clinics/${clinicId}`],
      ["ListPatients", `/v1/clinics/${clinicId}/patients?limit=50`],
    ] as const) {
      const ask = (headers: Record<string, string>) =>
        fetch(`${server.url}${path}`, {
          headers: { "x-tidepool-session-token": token, "accept-encoding": "identity", ...headers },
        });
      const etag = (await ask({})).headers.get("etag");
      if (etag === null) throw new Error(`${operation} has no tag`);
      const side = (status: number, headers: Record<string, string>): Side => ({
        server,
        async send() {
          const response = await ask(headers);
          await response.arrayBuffer();
          if (response.status !== status) throw new Error(`${operation} was answered with ${response.status}`);
        },
      });
      const result = await compared(side(304, { "if-none-match": etag }), side(200, {}), pairs, cpuSeconds);
      results.push({ operation, ...result });
      tell(`${result.ratio.toFixed(2)}  304 of ${operation} against its 200`);
    }
    const ratioOf = (wanted: string) => results.find(({ operation }) => operation === wanted)!.ratio;
    const ofOne = Math.max(ratioOf("GetPatient"), ratioOf("GetClinic"));
    return { results, measured: { unchangedOne: ofOne, unchangedPage: ratioOf("ListPatients") } };
  });
}
