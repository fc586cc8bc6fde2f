import type { LocalState } from "../scripts/local-state.ts";
import type { Measured } from "./goals.ts";
import { RECORD_HEADER, type Recording } from "./protocol.ts";
import { whileServed } from "./served.ts";

/** What this part is called among the scenarios. */
export const DUPLICATES_NAME = "duplicates: patients that may be one person";

export interface DuplicateFigures {
  readonly patients: number;
  readonly pages: readonly { readonly query: string; readonly roundTrips: number; readonly rowsRead: number }[];
  readonly measured: Measured;
}

const LARGE = 50_000;
/** Of each list; the bench's clinics have names twice and more, so that a whole list is long. */
const PAGES_MAX = 10;
const QUERIES = ["", "limit=200&likeness=likely,mrnOnly,nameOnly", "likeness=mrnOnly", "marked=true"];

/** Counts what pages of ListDuplicatePatients ask of the database, in the largest of the bench's clinics. */
export async function benchDuplicates(
  state: LocalState,
  sizes: readonly number[],
  tell: (line: string) => void,
): Promise<DuplicateFigures> {
  return whileServed(
    state,
    sizes,
    tell,
    async ({ server, clinic: { clinicId, patients }, token }) => {
      const pages: { query: string; roundTrips: number; rowsRead: number }[] = [];
      const headers = { "x-tidepool-session-token": token, [RECORD_HEADER]: "1" };
      for (const query of QUERIES) {
        let cursor = "";
        for (let page = 0; page < PAGES_MAX; page++) {
          const path = `/v1/clinics/${clinicId}/patients/duplicates?${query}${cursor}`;
          const { status, batches, rowsRead, body } = await (
            await fetch(server.url + path, { headers })
          ).json<Recording>();
          if (status !== 200) throw new Error(`${path} was answered with ${status}: ${body}`);
          pages.push({ query, roundTrips: batches.length, rowsRead });
          tell(
            `${rowsRead} rows, ${batches.length} round trips  ListDuplicatePatients, ${query || "as it is"}, page ${page + 1}`,
          );
          const { meta } = JSON.parse(body) as { meta: { next?: string } };
          if (meta.next === undefined) break;
          cursor = `&cursor=${meta.next}`;
        }
      }
      const most = (of: "roundTrips" | "rowsRead") => Math.max(...pages.map((it) => it[of]));
      return {
        patients,
        pages,
        measured: {
          duplicateTrips: most("roundTrips"),
          // In a small clinic it would be mostly the rows of the page.
          ...(patients >= LARGE && { duplicateRows: most("rowsRead") / patients }),
        },
      };
    },
    "largest",
  );
}
