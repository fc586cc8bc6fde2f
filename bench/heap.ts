import { randomUUID } from "node:crypto";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { DATA_PER_REQUEST, DeviceDays } from "../scripts/device-days.ts";
import { DeviceUploads } from "../scripts/device-uploads.ts";
import { localKeys } from "../scripts/local-keys.ts";
import { type LocalState, localState } from "../scripts/local-state.ts";
import { ask as send, type Known, knownOn } from "./asking.ts";
import { copyOf, seededClinics } from "./data.ts";
import { CONTINUOUS, lastMoment, personOf, UPLOADING } from "./device.ts";
import type { Measured } from "./goals.ts";
import { LISTS, SELECTIVE, TABLE, WRITES } from "./lists.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import { type Server, serve } from "./server.ts";

/** What this part is called among the scenarios, and the states it works on below the bench's own. */
export const HEAP_NAME = "heap of the isolate";
export const HEAP_PARTS = ["heap-seeded", "heap"] as const;

/** What is in use after a collection, in MB: objects, and the memory of arrays beside them. */
interface Heap {
  readonly objects: number;
  readonly arrays: number;
}

export interface HeapFigures {
  readonly after: readonly (Heap & { readonly requests: Work })[];
  readonly measured: Measured;
}

/** How many requests were served, or what is done meanwhile. */
type Work = number | "CSV" | "merge report" | "uploads";

/** People who upload at once, as much as a request takes. */
const UPLOADS = 100;
const ANSWERED_MS = 30_000;
const MB = 2 ** 20;
/** Of twenty requests: a list, a change of a patient, and otherwise patients who are opened. */
const OF_TWENTY = 20;

/**
 * Measures the memory of the Worker's isolate, with its objects of device data, by its inspector and after a collection: when it
 * has served a clinic for a while, and for ten times as long; and during the largest things it does, which are a table of the whole
 * clinic, the report of a merge with another one of its size, and many uploads at once.
 */
export async function benchHeap(
  base: string,
  patients: number,
  [first, last]: readonly [number, number],
  tell: (line: string) => void,
): Promise<HeapFigures> {
  const [kept, state] = HEAP_PARTS.map((part) => localState(path.join(base, part))) as [LocalState, LocalState];
  const [source, target] = await seededClinics(kept, [patients, patients], tell);
  copyOf(kept, state);
  const keys = await localKeys(state);
  const server = await serve("uploading", state, keys.jwks, UPLOADING);
  try {
    const known = await knownOn(server, target!, keys);
    const ask = (scenario: Scenario) => send(known, scenario);
    const inspector = await attach(server);
    const collected = async (rounds: number): Promise<Heap> => {
      for (let round = 0; round < rounds; round++) {
        const collecting = inspector("HeapProfiler.collectGarbage");
        const isOver = () => Promise.race([collecting.then(() => true), sleep(20, false)]);
        // An isolate hears its inspector only while it works.
        do await ask(OPEN);
        while (!(await isOver()));
      }
      const used = await inspector("Runtime.getHeapUsage");
      return { objects: used["usedSize"]! / MB, arrays: used["backingStorageSize"]! / MB };
    };
    const after: (Heap & { requests: Work })[] = [];
    const note = (requests: Work, heap: Heap, when = "after") => {
      after.push({ requests, ...heap });
      tell(`${heap.objects.toFixed(1)} MB of objects and ${heap.arrays.toFixed(1)} MB of arrays ${when} ${requests}`);
    };
    /** The most that is in use while something is done, by one collection after the other. */
    const during = async (requests: Work, work: Promise<unknown>) => {
      const over = new AbortController();
      const ended = work.finally(() => over.abort());
      let most = await collected(1);
      while (!over.signal.aborted) {
        const now = await collected(1);
        if (sizeOf(now) > sizeOf(most)) most = now;
      }
      await ended;
      note(requests, most, "during");
    };
    for (let sent = 0; sent < last; sent++) {
      if (sent === first) note(sent, await collected(2));
      await ask(mixed(sent));
      if (sent % 5_000 === 4_999) tell(`${sent + 1} of ${last} requests`);
    }
    note(last, await collected(2));
    await during("CSV", ask(TABLE));
    await during("merge report", ask(mergeReport(source!.clinicId)));
    await during("uploads", uploadAtOnce(known));
    const whole = after.map(sizeOf);
    return { after, measured: { heap: Math.max(...whole), heapGrowth: whole[1]! / whole[0]! } };
  } finally {
    await server.stop();
  }
}

const sizeOf = ({ objects, arrays }: Heap) => objects + arrays;

const mergeReport = (sourceId: string): Scenario => ({
  name: "GenerateMergeReport",
  operation: "GenerateMergeReport",
  goal: "siteCpu",
  caller: "service",
  method: "POST",
  path: ({ clinicId }) => `/v1/clinics/${clinicId}/reports/merge`,
  body: () => ({ sourceId }),
});

/** Each to an object of its own, all in one isolate. */
async function uploadAtOnce({ server, tokens }: Known): Promise<void> {
  const api = new DeviceUploads(server.url, tokens.service);
  const end = lastMoment();
  const readings = new DeviceDays(personOf("heap")).cgm(end - UPLOADED_MS, end).slice(0, DATA_PER_REQUEST);
  const body = JSON.stringify(readings);
  const sets = await Promise.all(Array.from({ length: UPLOADS }, () => api.open(randomUUID(), CONTINUOUS)));
  await Promise.all(sets.map(({ id }) => api.add(id, body)));
}
const UPLOADED_MS = 4 * 86_400_000;

const OPEN = SCENARIOS.find(({ name }) => name === "GetPatient")!;
const LISTED = [...LISTS, ...SELECTIVE, ...SCENARIOS.filter(({ name }) => /^(?:ListPatients|TideReport)/.test(name))];

function mixed(i: number): Scenario {
  if (i % OF_TWENTY === 0) return LISTED[(i / OF_TWENTY) % LISTED.length]!;
  return i % OF_TWENTY === 1 ? WRITES[0]! : OPEN;
}

/** Calls the inspector of the Worker. */
async function attach(server: Server): Promise<(method: string) => Promise<Record<string, number>>> {
  const list = await fetch(`http://127.0.0.1:${server.inspectorPort}/json/list`);
  const [target] = await list.json<{ id: string }[]>();
  const socket = new WebSocket(`ws://127.0.0.1:${server.inspectorPort}/${target!.id}`);
  await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const waiting = new Map<number, (result: Record<string, number>) => void>();
  socket.on("message", (data: Buffer) => {
    const { id, result } = JSON.parse(data.toString()) as { id?: number; result?: Record<string, number> };
    if (id !== undefined) waiting.get(id)?.(result ?? {});
  });
  let last = 0;
  const call = (method: string) =>
    new Promise<Record<string, number>>((resolve, reject) => {
      const id = ++last;
      const late = setTimeout(() => reject(new Error(`the inspector did not answer ${method}`)), ANSWERED_MS);
      waiting.set(id, (result) => {
        clearTimeout(late);
        resolve(result);
      });
      socket.send(JSON.stringify({ id, method }));
    });
  await call("Runtime.enable");
  await call("HeapProfiler.enable");
  return call;
}
