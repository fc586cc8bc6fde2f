import { statSync } from "node:fs";
import path from "node:path";
import { openLocalDatabase } from "../scripts/local-database.ts";
import { localKeys } from "../scripts/local-keys.ts";
import { type LocalState, localState } from "../scripts/local-state.ts";
import { ask, type Known, knownOn, sideOf } from "./asking.ts";
import { type SeededClinic, seededClinics } from "./data.ts";
import type { Measured } from "./goals.ts";
import { benchMoving, type MovingFigures } from "./moving.ts";
import { compared, type Comparison } from "./pairs.ts";
import { RECORD_HEADER, type Recording } from "./protocol.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import { serve } from "./server.ts";

/** What this part is called among the scenarios, and the states it keeps: all, and one clinic of it alone. */
export const MILLION_NAME = "one million patients";
export const MILLION_PARTS = ["million", "million-alone"] as const;

const asked = (operation: string, caller: Scenario["caller"], path: Scenario["path"]): Scenario => ({
  name: operation,
  operation,
  goal: "millionCpu",
  method: "GET",
  caller,
  path,
});
/** What must cost as much however many other clinics there are. */
const ASKED: readonly Scenario[] = [
  ...SCENARIOS.filter(({ name }) => /^(?:GetPatient|GetClinic|ListPatients, first page)$/.test(name)),
  asked("FindPatients", "admin", ({ mrn }) => `/v1/patients?workspaceIdType=clinicId&mrn=${encodeURIComponent(mrn)}`),
  asked("ListClinicsForPatient", "service", ({ patientId }) => `/v1/patients/${patientId}/clinics`),
];

export interface MillionFigures {
  readonly patients: number;
  readonly bytes: number;
  readonly requests: readonly (Comparison & {
    readonly name: string;
    readonly rowsRead: number;
    readonly otherRowsRead: number;
  })[];
  /** One of its clinics, copied into a database of its own. */
  readonly moving: MovingFigures;
  readonly measured: Measured;
}

async function worldOf(state: LocalState, seeded: SeededClinic): Promise<Known> {
  const keys = await localKeys(state);
  return knownOn(await serve("product", state, keys.jwks), seeded, keys);
}

/**
 * Compares requests to a clinic of the largest size in a database of a million patients, twenty such clinics, with the same to
 * the same clinic in a database of its own, into which it is copied before: rows read, and CPU in interleaved pairs.
 */
export async function benchMillion(
  base: string,
  patients: number,
  clinics: number,
  { pairs, cpuSeconds }: { readonly pairs: number; readonly cpuSeconds: number },
  tell: (line: string) => void,
): Promise<MillionFigures> {
  const [state, alone] = MILLION_PARTS.map((part) => localState(path.join(base, part))) as [LocalState, LocalState];
  const many = await seededClinics(
    state,
    Array.from({ length: clinics }, () => patients),
    tell,
  );
  const one = many[many.length >> 1]!;
  const moving = benchMoving(state, alone, one.clinicId, tell);
  const worlds = [await worldOf(state, one), await worldOf(alone, one)] as const;
  try {
    const requests = [];
    for (const scenario of ASKED) {
      const sides = [sideOf(worlds[0], scenario), sideOf(worlds[1], scenario)] as const;
      // The first request of a person also writes their account down, after the answer.
      for (const { send } of sides) await send();
      const [rowsRead, otherRowsRead] = await Promise.all(worlds.map((world) => rowsOf(world, scenario)));
      const result = {
        name: scenario.name,
        rowsRead: rowsRead!,
        otherRowsRead: otherRowsRead!,
        ...(await compared(...sides, pairs, cpuSeconds)),
      };
      requests.push(result);
      tell(`${result.ratio.toFixed(3)} CPU, ${rowsRead} rows (${otherRowsRead})  ${scenario.name}`);
    }
    const database = openLocalDatabase(state, { readOnly: true });
    const { file } = database.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'").get() as {
      file: string;
    };
    const { n } = database.prepare("SELECT count(*) AS n FROM patients").get() as { n: number };
    database.close();
    const bytes = statSync(file).size;
    tell(`${n} patients in ${(bytes / 2 ** 30).toFixed(2)} GB`);
    return {
      patients: n,
      bytes,
      requests,
      moving,
      measured: {
        millionRows: Math.max(...requests.map((it) => it.rowsRead - it.otherRowsRead)),
        millionCpu: Math.max(...requests.map(({ ratio }) => ratio)),
      },
    };
  } finally {
    await Promise.all(worlds.map(({ server }) => server.stop()));
  }
}

async function rowsOf(world: Known, asked: Scenario): Promise<number> {
  const answer = await ask(world, asked, { [RECORD_HEADER]: "1" });
  return (JSON.parse(Buffer.from(answer).toString()) as Recording).rowsRead;
}
