import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditRows, rows } from "../harness.ts";
import { emptyTrail, losing, type Loss, sweepAudit, trailRows, untilOthersAreTold } from "./trail.ts";

const AT = 1_772_355_600_000;
let lastAt = AT;

/** Rows of changes, as batches of changes write them; their request ids. */
async function changed(count: number): Promise<string[]> {
  const requests = Array.from({ length: count }, () => crypto.randomUUID());
  lastAt += 1000;
  await rows(
    `INSERT INTO audit_log (at, request_id, actor_kind, actor_id, operation, clinic_id, patient_id, outcome)
     SELECT ?, value, 'person', 'aaaaaaaaaa', 'UpdatePatient', '0123456789abcdef01234567', 'bbbbbbbbbb', 'changed' FROM json_each(?)`,
    lastAt,
    JSON.stringify(requests),
  );
  return requests;
}

const recorded = () => trailRows<{ request_id: string }>("SELECT request_id FROM accesses ORDER BY seq");
const waiting = () => rows<{ request_id: string }>("SELECT request_id FROM audit_log ORDER BY id");
const requestsOf = (found: readonly { request_id: string }[]) => found.map(({ request_id }) => request_id);
const move = (bindings = env) => sweepAudit(["move changes"], { bindings });

beforeAll(untilOthersAreTold);
beforeEach(async () => {
  await emptyTrail();
  await rows("DELETE FROM audit_log");
});

describe("moving changes to the trail", () => {
  test("records each once, whole and in order; the newest row stays, so that no number is given twice", async () => {
    const requests = await changed(3);
    const before = await auditRows();
    await move();
    expect(await auditRows()).toEqual(before);
    expect(requestsOf(await recorded())).toEqual(requests);
    expect(requestsOf(await waiting())).toEqual(requests.slice(-1));
    await move();
    const later = await changed(2);
    await move();
    await move();
    expect(requestsOf(await recorded())).toEqual([...requests, ...later]);
    expect(requestsOf(await waiting())).toEqual(later.slice(-1));
  });

  test("goes through more than a thousand at a time, a bounded number a run", async () => {
    const requests = await changed(12_345);
    await move();
    expect(await waiting()).toHaveLength(12_345 - 10_000);
    await move();
    expect(requestsOf(await recorded())).toEqual(requests);
    expect(await waiting()).toHaveLength(1);
  });

  test("records a change that got the number of another after the records were restored", async () => {
    const [first] = await changed(1);
    await move();
    await rows("DELETE FROM audit_log");
    const [second] = await changed(1);
    await move();
    expect(requestsOf(await recorded())).toEqual([first, second]);
  });

  test("keeps a change of nobody, without a clinic", async () => {
    await rows(
      `INSERT INTO audit_log (at, request_id, actor_kind, actor_id, operation, clinic_id, patient_id, outcome)
       VALUES (1, 'r', 'service', 's', 'o', NULL, NULL, 'refused')`,
    );
    const before = await auditRows();
    await move();
    expect(await trailRows("SELECT patients, clinic_id, outcome FROM accesses")).toEqual([
      { patients: null, clinic_id: null, outcome: "refused" },
    ]);
    expect(await auditRows()).toEqual(before);
  });

  const losses: (Loss & { readonly name: "DB" | "AUDIT_DB" })[] = (["DB", "AUDIT_DB"] as const).flatMap((name) =>
    [1, 2, 3, 4, 5].flatMap((batch) => (["before", "after"] as const).map((when) => ({ name, batch, when }))),
  );
  test.each(losses)("loses and doubles nothing when $name is lost $when batch $batch", async ({ name, ...loss }) => {
    const requests = await changed(2100);
    await move({ ...env, [name]: losing(env[name], loss) });
    await changed(1).then((more) => requests.push(...more));
    await move();
    expect(requestsOf(await recorded())).toEqual(requests);
    expect(requestsOf(await waiting())).toEqual(requests.slice(-1));
  });

  test("is lost at every batch there is by these tests", async () => {
    await changed(2100);
    const [DB, AUDIT_DB] = [env.DB, env.AUDIT_DB].map((it) => losing(it, { batch: 99, when: "before" }));
    await move({ ...env, DB: DB!, AUDIT_DB: AUDIT_DB! });
    expect([DB!.batches, AUDIT_DB!.batches]).toEqual([6, 3]);
  });
});
