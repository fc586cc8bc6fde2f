import { statSync } from "node:fs";
import path from "node:path";
import { openLocalDatabase } from "../scripts/local-database.ts";
import { localKeys } from "../scripts/local-keys.ts";
import { type LocalState, localState } from "../scripts/local-state.ts";
import { acquaint } from "./acquaint.ts";
import { type SeededClinic, seededClinics } from "./data.ts";
import type { Measured } from "./goals.ts";
import { compared, type Comparison, type Side } from "./pairs.ts";
import { RECORD_HEADER, type Recording } from "./protocol.ts";
import type { BenchClinic } from "./scenarios.ts";
import { type Server, serve } from "./server.ts";

/** What this part is called among the scenarios, and the state it keeps. */
export const MILLION_NAME = "one million patients";
export const MILLION_PARTS = ["million"];

interface Asked {
  readonly name: string;
  readonly caller: "admin" | "service";
  readonly path: (clinic: BenchClinic) => string;
}

/** What must cost as much however many other clinics there are. */
const ASKED: readonly Asked[] = [
  { name: "GetPatient", caller: "admin", path: (it) => `/v1/clinics/${it.clinicId}/patients/${it.patientId}` },
  { name: "GetClinic", caller: "admin", path: (it) => `/v1/clinics/${it.clinicId}` },
  { name: "ListPatients, first page", caller: "admin", path: (it) => `/v1/clinics/${it.clinicId}/patients?limit=50` },
  {
    name: "FindPatients",
    caller: "admin",
    path: (it) => `/v1/patients?workspaceIdType=clinicId&mrn=${encodeURIComponent(it.mrn)}`,
  },
  { name: "ListClinicsForPatient", caller: "service", path: (it) => `/v1/patients/${it.patientId}/clinics` },
];

export interface MillionFigures {
  readonly patients: number;
  readonly bytes: number;
  readonly requests: readonly (Comparison & {
    readonly name: string;
    readonly rowsRead: number;
    readonly otherRowsRead: number;
  })[];
  readonly measured: Measured;
}

interface World {
  readonly server: Server;
  readonly clinic: BenchClinic;
  readonly tokens: Readonly<Record<Asked["caller"], string>>;
}

async function worldOf(state: LocalState, seeded: SeededClinic): Promise<World> {
  const keys = await localKeys(state);
  const server = await serve("product", state, keys.jwks);
  const admin = await keys.signPerson({ userId: seeded.adminId });
  const tokens = { admin, service: await keys.signService("bench") };
  return { server, tokens, clinic: await acquaint(server, seeded, admin) };
}

/**
 * Compares requests to a clinic of the largest size in a database of a million patients, twenty such clinics, with the same to
 * one in the benchmark's usual database: rows read, and CPU in interleaved pairs.
 */
export async function benchMillion(
  base: string,
  usual: LocalState,
  sizes: readonly number[],
  clinics: number,
  { pairs, cpuSeconds }: { readonly pairs: number; readonly cpuSeconds: number },
  tell: (line: string) => void,
): Promise<MillionFigures> {
  const state = localState(path.join(base, MILLION_PARTS[0]!));
  const patients = sizes.at(-1)!;
  const few = (await seededClinics(usual, sizes, tell)).at(-1)!;
  const many = await seededClinics(
    state,
    Array.from({ length: clinics }, () => patients),
    tell,
  );
  const worlds = [await worldOf(state, many[many.length >> 1]!), await worldOf(usual, few)] as const;
  try {
    const requests = [];
    for (const asked of ASKED) {
      const sides = worlds.map((world) => sideOf(world, asked)) as [Side, Side];
      // The first request of a person also writes their account down, after the answer.
      for (const { send } of sides) await send();
      const [rowsRead, otherRowsRead] = await Promise.all(worlds.map((world) => rowsOf(world, asked)));
      const result = {
        name: asked.name,
        rowsRead: rowsRead!,
        otherRowsRead: otherRowsRead!,
        ...(await compared(...sides, pairs, cpuSeconds)),
      };
      requests.push(result);
      tell(`${result.ratio.toFixed(3)} CPU, ${rowsRead} rows (${otherRowsRead})  ${asked.name}`);
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
      measured: {
        millionRows: Math.max(...requests.map((it) => it.rowsRead - it.otherRowsRead)),
        millionCpu: Math.max(...requests.map(({ ratio }) => ratio)),
      },
    };
  } finally {
    await Promise.all(worlds.map(({ server }) => server.stop()));
  }
}

const headersOf = ({ tokens }: World, { caller }: Asked) => ({
  "x-tidepool-session-token": tokens[caller],
  "accept-encoding": "identity",
});

const sideOf = (world: World, asked: Asked): Side => ({
  server: world.server,
  async send() {
    const response = await fetch(`${world.server.url}${asked.path(world.clinic)}`, {
      headers: headersOf(world, asked),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${asked.name} was answered with ${response.status}`);
  },
});

async function rowsOf(world: World, asked: Asked): Promise<number> {
  const headers = { ...headersOf(world, asked), [RECORD_HEADER]: "1" };
  const response = await fetch(`${world.server.url}${asked.path(world.clinic)}`, { headers });
  return (await response.json<Recording>()).rowsRead;
}
