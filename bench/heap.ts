import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { LocalState } from "../scripts/local-state.ts";
import { ask as send } from "./asking.ts";
import type { Measured } from "./goals.ts";
import { LISTS, SELECTIVE, TABLE, WRITES } from "./lists.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import { type Served, whileServed } from "./served.ts";
import type { Server } from "./server.ts";

/** What this part is called among the scenarios. */
export const HEAP_NAME = "heap of the isolate";

/** What is in use after a collection, in MB: objects, and the memory of arrays beside them. */
interface Heap {
  readonly objects: number;
  readonly arrays: number;
}

export interface HeapFigures {
  readonly after: readonly (Heap & { readonly requests: number | "CSV" })[];
  readonly measured: Measured;
}

const ANSWERED_MS = 30_000;
const MB = 2 ** 20;
/** Of twenty requests: a list, a change of a patient, and otherwise patients who are opened. */
const OF_TWENTY = 20;

/**
 * Measures the memory of the Worker's isolate, by its inspector and after a collection, when it has served a clinic of the
 * largest size for a while, and for ten times as long.
 */
export async function benchHeap(
  state: LocalState,
  sizes: readonly number[],
  [first, last]: readonly [number, number],
  tell: (line: string) => void,
): Promise<HeapFigures> {
  const measure = async (known: Served): Promise<HeapFigures> => {
    const ask = (scenario: Scenario) => send(known, scenario);
    const inspector = await attach(known.server);
    const heap = async (): Promise<Heap> => {
      for (let round = 0; round < 2; round++) {
        const collected = inspector("HeapProfiler.collectGarbage");
        const isOver = () => Promise.race([collected.then(() => true), sleep(20, false)]);
        // An isolate hears its inspector only while it works.
        do await ask(OPEN);
        while (!(await isOver()));
      }
      const used = await inspector("Runtime.getHeapUsage");
      return { objects: used["usedSize"]! / MB, arrays: used["backingStorageSize"]! / MB };
    };
    const after: (Heap & { requests: number | "CSV" })[] = [];
    const note = async (requests: number | "CSV") => {
      const found = { requests, ...(await heap()) };
      after.push(found);
      tell(`${found.objects.toFixed(1)} MB of objects and ${found.arrays.toFixed(1)} MB of arrays after ${requests}`);
    };
    for (let sent = 0; sent < last; sent++) {
      if (sent === first) await note(sent);
      await ask(mixed(sent));
      if (sent % 5_000 === 4_999) tell(`${sent + 1} of ${last} requests`);
    }
    await note(last);
    await ask(TABLE);
    await note("CSV");
    const whole = after.map(({ objects, arrays }) => objects + arrays);
    return { after, measured: { heap: Math.max(...whole), heapGrowth: whole[1]! / whole[0]! } };
  };
  return whileServed(state, sizes, tell, measure, "largest");
}

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
