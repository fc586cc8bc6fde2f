import { localKeys } from "../scripts/local-keys.ts";
import { openLocalDatabase } from "../scripts/local-database.ts";
import type { LocalState } from "../scripts/local-state.ts";
import { seededClinics } from "./data.ts";
import { type Measured } from "./goals.ts";
import { RECORD_HEADER, type Recording } from "./protocol.ts";
import { serve } from "./server.ts";

/** What this part is called among the scenarios. */
export const ROWS_NAME = "rows and round trips";

export interface RowFigures {
  readonly patients: number;
  readonly requests: readonly { readonly name: string; readonly roundTrips: number; readonly rowsRead: number }[];
  readonly measured: Measured;
}

const PAGE = 50;
const LARGE = 50_000;

/** Counts what one request of each kind asks of the database, in the largest of the bench's clinics. */
export async function benchRows(
  state: LocalState,
  sizes: readonly number[],
  tell: (line: string) => void,
): Promise<RowFigures> {
  const { clinicId, adminId, patients } = (await seededClinics(state, sizes, tell)).at(-1)!;
  const database = openLocalDatabase(state, { readOnly: true });
  const { userId } = database
    .prepare("SELECT user_id AS userId FROM patients WHERE clinic_id = ? AND mrn IS NOT NULL LIMIT 1")
    .get(clinicId) as { userId: string };
  const { tagId } = database
    .prepare("SELECT id AS tagId FROM clinic_patient_tags WHERE clinic_id = ? LIMIT 1")
    .get(clinicId) as { tagId: string };
  database.close();
  const keys = await localKeys(state);
  const server = await serve("product", state, keys.jwks);
  try {
    const token = await keys.signPerson({ userId: adminId });
    const record = async (name: string, path: string, body?: object, signed = token) => {
      const response = await fetch(`${server.url}${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { "x-tidepool-session-token": signed, [RECORD_HEADER]: "1", "content-type": "application/json" },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const { status, batches, rowsRead, body: answer } = await response.json<Recording>();
      if (status >= 300) throw new Error(`${name} answered ${status}: ${answer}`);
      const figures = { name, roundTrips: batches.length, rowsRead };
      tell(`${rowsRead} rows, ${batches.length} round trips  ${name}`);
      return { ...figures, answer };
    };
    const clinic = `/v1/clinics/${clinicId}`;
    const list = (name: string, query: string) =>
      record(`ListPatients, ${name}`, `${clinic}/patients?limit=${PAGE}${query}`);
    // The first request of a person also writes their account down, after the answer.
    await fetch(`${server.url}${clinic}`, { headers: { "x-tidepool-session-token": token } });
    const patient = await record("GetPatient", `${clinic}/patients/${userId}`);
    const reads = [
      patient,
      await record("GetClinician", `${clinic}/clinicians/${adminId}`),
      await record("GetClinic", clinic),
    ];
    const first = await list("first page", "");
    const others = [
      await list("search", "&search=an"),
      await list("tag", `&tags=${tagId}`),
      await list("filtered and sorted", "&cgm.timeInTargetPercent=%3C0.7&sort=-timeInTargetPercent&sortType=cgm"),
      await list("sorted by birth date", "&sort=-birthDate&sortType=cgm"),
      await list("deep page", `&sort=-lastData&sortType=cgm&offset=${Math.floor(patients * 0.9)}`),
    ];
    const { mrn, summary } = JSON.parse(patient.answer) as { mrn: string; summary: object };
    const find = `/v1/patients?workspaceIdType=clinicId&mrn=${encodeURIComponent(mrn)}`;
    const report = `${clinic}/tide_report?period=14d&tags=${tagId}&lastDataCutoff=2020-01-01T00:00:00Z`;
    const lists = [first, ...others, await record("FindPatients", find), await record("TideReport", report)];
    const site = `Counted ${Date.now()}`;
    const service = await keys.signService("bench");
    const writes = [
      await record("CreateSite", `${clinic}/sites`, { name: site }),
      await record("UpdatePatientSummary", `/v1/patients/${userId}/summary`, summary, service),
    ];
    const written = openLocalDatabase(state, { readOnly: false });
    written.prepare("DELETE FROM clinic_sites WHERE clinic_id = ? AND name = ?").run(clinicId, site);
    written.close();
    const most = (of: readonly { roundTrips: number }[]) => Math.max(...of.map(({ roundTrips }) => roundTrips));
    return {
      patients,
      requests: [...reads, ...lists, ...writes].map(({ name, roundTrips, rowsRead }) => ({
        name,
        roundTrips,
        rowsRead,
      })),
      measured: {
        readTrips: most(reads),
        writeTrips: most(writes),
        listTrips: most(lists),
        patientRows: reads[0]!.rowsRead,
        clinicianRows: reads[1]!.rowsRead,
        clinicRows: reads[2]!.rowsRead,
        pageRows: first.rowsRead,
        // In a small clinic it would be mostly the rows of the page.
        ...(patients >= LARGE && { listRows: Math.max(...others.map(({ rowsRead }) => rowsRead)) / patients }),
      },
    };
  } finally {
    await server.stop();
  }
}
