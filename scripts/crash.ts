import { setTimeout as sleep } from "node:timers/promises";
import { unpack } from "../src/platform/audit/packed-ids.ts";
import { commandLine } from "./command-line.ts";
import { openLocalDatabase, prepareMerge } from "./local-database.ts";
import {
  expectAlike,
  expectNumbers,
  expectNoTraceOf,
  mergedFrom,
  oneNumber,
  type Seen,
  see,
} from "./merge-end-state.ts";
import {
  as,
  call,
  check,
  directory,
  expect,
  finish,
  killServer,
  port,
  run,
  start,
  startServer,
  state,
  stopServer,
  token,
} from "./trial.ts";

const USAGE = `Kills a server again and again while it merges two clinics, and while it undoes that, on a state directory that is
removed afterwards: a merge goes on by itself when the server is started again, and ends as if nothing had been. Prints a
line for each check; ends with 1 when one of them failed.

  npm run test:crash -- [--short]

  --short  four kills instead of at least fourteen, with smaller clinics`;

const given = commandLine(USAGE, { short: { type: "boolean" } });
const PATIENTS = given.short ? 1500 : 3000;
/** A server on a busy machine takes half a minute to start; a lost alarm is made good by the cron after a minute and a half. */
const ENDED_WITHIN_MS = 240_000;
const ASK_MS = 250;
const WATCH_MS = 1;
/** A phase that is over at once may be gone before the kill has come: it is waited for in another merge. */
const ROUNDS_MAX = 4;

/** When to kill: in this phase, as soon as it has come that far; so far is the share of all patients it has gone through. */
interface Moment {
  readonly phase: string;
  readonly from: number;
}
const at = (phase: string, ...from: readonly number[]): Moment[] => from.map((far) => ({ phase, from: far }));
const THERE = given.short
  ? [...at("moving", 0, 0.5), ...at("notifying", 0)]
  : [...at("planning", 0), ...at("moving", 0, 0.15, 0.4, 0.6, 0.8), ...at("finishing", 0), ...at("notifying", 0, 0.4)];
const BACK = given.short
  ? at("returning", 0.3)
  : [...at("restoring", 0), ...at("returning", 0, 0.3, 0.6), ...at("closing", 0)];
const ORDER = ["planning", "moving", "finishing", "notifying", "done", "restoring", "returning", "closing", "undone"];

interface Stand extends Moment {
  readonly id: string;
}

const started = performance.now();
const tell = (line: string) =>
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${line}`);

/** How the latest merge stands. */
function stand(): Stand | undefined {
  const latest = database
    .prepare(
      `SELECT id, phase,
         (SELECT count(*) FROM merge_patients WHERE merge_id = merges.id AND source_key <= merges.cursor) AS done
       FROM merges ORDER BY created_at DESC, id DESC LIMIT 1`,
    )
    .get() as { id: string; phase: string; done: number } | undefined;
  return latest && { id: latest.id, phase: latest.phase, from: latest.done / PATIENTS };
}

const hasCome = (now: Moment, to: Moment) =>
  ORDER.indexOf(now.phase) > ORDER.indexOf(to.phase) || (now.phase === to.phase && now.from >= to.from);

/**
 * Lets the server work, kills it at each of the moments and restarts it, until the latest merge is in the last phase;
 * in which phases it was killed. The only requests are those that ask how it stands.
 */
async function killAt(moments: readonly Moment[], last: string, firstId?: string): Promise<string[]> {
  const killed: string[] = [];
  let until = Date.now() + ENDED_WITHIN_MS;
  for (const moment of moments) {
    let now = stand();
    while (!now || now.id === firstId || !hasCome(now, moment)) {
      if (Date.now() > until)
        throw new Error(`${moment.phase} was not reached: it stands at ${now?.phase ?? "nothing"}`);
      await sleep(WATCH_MS);
      now = stand();
    }
    // A kill is for the moment it was meant for, or for none.
    if (now.phase !== moment.phase) continue;
    await killServer(server.child);
    const { phase, from } = stand()!;
    tell(`killed in ${phase}, ${Math.round(100 * from)} % through`);
    killed.push(phase);
    until = Date.now() + ENDED_WITHIN_MS;
    // It is not waited for: the merge goes on before the server says that it is ready.
    server = start("dev.ts", ["--port", String(port), "--state", directory]);
  }
  const { id } = stand()!;
  for (;;) {
    const answer = await call("GET", `/v1/clinics/${targetId}/merges/${id}`, service).catch(() => undefined);
    if (answer?.status === 200 && (JSON.parse(answer.text) as { phase: string }).phase === last) break;
    if (Date.now() > until) throw new Error(`not ${last} in time: ${answer?.status} ${answer?.text}`);
    await sleep(ASK_MS);
  }
  tell(`${last} after ${killed.length} kills`);
  return killed;
}

/** Sends what is going to be killed before it is answered. */
const ask = (url: string, body?: object) => void call("POST", url, service, body).catch(() => undefined);

tell(`filling two clinics with ${PATIENTS} patients each`);
const seeded = await run("seed.ts", ["--clinics", "2", "--patients", String(PATIENTS), "--state", directory]);
const [sourceId = "", targetId = ""] = [...seeded.said.matchAll(/clinic ([0-9a-f]{24}) /g)].map(([, id]) => id!);
if (!(await check("two clinics are there to be merged", async () => expect(seeded.status, 0, seeded.said)))) finish();
const filling = openLocalDatabase(state, { readOnly: false });
prepareMerge(filling, sourceId, targetId);
// A tag and two members that the target does not have; one of its own works in the source, too.
filling
  .prepare(
    `UPDATE clinic_patient_tags SET name = 'Only here', name_key = 'onlyhere' WHERE clinic_id = ?1
     AND id = (SELECT min(id) FROM clinic_patient_tags WHERE clinic_id = ?1)`,
  )
  .run(sourceId);
filling
  .prepare(
    `INSERT INTO clinicians SELECT '5e000000000000000000000' || n, ?1, 'c1c1c1c1c' || n, NULL, n || '@crash.example', 'Member ' || n,
       '["CLINIC_MEMBER"]', 0, '', 1, 1 FROM (SELECT 1 AS n UNION SELECT 2)
     UNION ALL SELECT '5e0000000000000000000003', ?1, user_id, NULL, email, name, '["CLINIC_MEMBER"]', 0, search_key, 1, 1
     FROM clinicians WHERE clinic_id = ?2`,
  )
  .run(sourceId, targetId);
filling.close();

let server: ReturnType<typeof start>;
if (!(await check("the server starts", async () => void (server = await startServer())))) finish();
const service = as(await token("--service", "crash"));
const database = openLocalDatabase(state, { readOnly: true });
const trail = openLocalDatabase(state, { readOnly: true, of: "trail" });

/** The patients of a merge who are on record: in rows that the cron has not moved, and in the trail. */
function trailOf(mergeId: string): string[] {
  const waiting = database
    .prepare(
      `SELECT printf('ff%012x%010x', at, id) AS id, patient_id FROM audit_log WHERE patient_id IS NOT NULL AND clinic_id = ?
       AND operation = 'MergeClinic' AND request_id = (SELECT request_id FROM merges WHERE id = ?)`,
    )
    .all(targetId, mergeId) as { id: string; patient_id: string }[];
  const { request_id: requestId } = database.prepare("SELECT request_id FROM merges WHERE id = ?").get(mergeId) as {
    request_id: string;
  };
  const moved = trail
    .prepare(
      `SELECT lower(hex(id)) AS id, 'x' || hex(patients) AS patients FROM accesses
       WHERE patients IS NOT NULL AND clinic_id = ? AND operation = 'MergeClinic' AND request_id = ?`,
    )
    .all(targetId, requestId) as { id: string; patients: string }[];
  const isMoved = new Set(moved.map(({ id }) => id));
  return [
    ...moved.flatMap(({ patients }) => unpack(patients)),
    ...waiting.filter(({ id }) => !isMoved.has(id)).map(({ patient_id }) => patient_id),
  ];
}

const before: [Seen, Seen] = [see(database, sourceId), see(database, targetId)];

/** Merges the clinics and undoes that, with kills at these moments; looks at what has become of them each time. */
async function round(there: readonly Moment[], back: readonly Moment[]): Promise<string[]> {
  const killed: string[] = [];
  const previous = stand()?.id;
  const isMerged = await check(`a merge ends by itself after ${there.length} kills`, async () => {
    ask(`/v1/clinics/${targetId}/merge`, { sourceId });
    killed.push(...(await killAt(there, "done", previous)));
  });
  if (!isMerged) return finish();
  const { id } = stand()!;
  await check("every person is in the target once, with the tags, sites and record of both", async () => {
    expectAlike(see(database, targetId), mergedFrom(before));
  });
  await check("the numbers of the target are those of a recount", async () => expectNumbers(database, targetId));
  await check("nothing is left of the source, no row hangs in the air, no clinic is claimed", async () =>
    expectNoTraceOf(database, sourceId),
  );
  await check("every patient of the source has one mail on its way and one entry of the trail", async () => {
    const mails = oneNumber(database, "SELECT count(*) FROM outbox WHERE unique_key LIKE ?", `merge:${id}:patient:%`);
    expect(mails, PATIENTS, "mails");
    const patientIds = trailOf(id);
    expect(patientIds.length, PATIENTS, "entries");
    expect(new Set(patientIds).size, PATIENTS, "patients");
  });

  const isUndone = await check(`its undo ends by itself after ${back.length} kills`, async () => {
    ask(`/v1/clinics/${targetId}/merges/${id}/undo`);
    killed.push(...(await killAt(back, "undone")));
  });
  if (!isUndone) return finish();
  await check("the source is what it was", async () => expectAlike(see(database, sourceId), before[0]));
  await check("the target is what it was", async () => expectAlike(see(database, targetId), before[1]));
  await check("the numbers of both are those of a recount", async () => {
    for (const clinicId of [sourceId, targetId]) expectNumbers(database, clinicId);
  });
  await check("no row hangs in the air, no clinic is claimed, everything was restored", async () => {
    expectNoTraceOf(database, undefined);
    expect(oneNumber(database, "SELECT count(*) FROM merge_kept WHERE merge_id = ?", id), 0, "records not restored");
  });
  return killed;
}

const killed: string[] = [];
const isMissing = ({ phase }: Moment) => !killed.includes(phase);
killed.push(...(await round(THERE, BACK)));
if (!given.short) {
  for (let rounds = 1; rounds < ROUNDS_MAX && [...THERE, ...BACK].some(isMissing); rounds++) {
    killed.push(...(await round(THERE.filter(isMissing), BACK.filter(isMissing))));
  }
}
await check(`the server was killed ${killed.length} times: ${killed.join(", ")}`, async () => {
  if (given.short) expect(killed.length >= 2, true, "two kills at least");
  else {
    expect(killed.length >= 12, true, "twelve kills at least");
    for (const { phase } of [...THERE, ...BACK]) expect(killed.includes(phase), true, `killed in ${phase}`);
  }
});
await check("the server stops when it is told to", () => stopServer(server.child));
tell("done");
finish();
