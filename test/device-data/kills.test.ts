import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { finishPush, makePush, sendPush } from "../../src/features/device-data/owner/push.ts";
import { Db } from "../../src/platform/db/client.ts";
import { ObjectSql } from "../../src/platform/objects/object-sql.ts";
import {
  add,
  cbg,
  close,
  dataOf,
  dataPath,
  MINUTE_MS,
  objectOf,
  openSet,
  prime,
  settle,
  smbg,
} from "../device-data.ts";
import { type GivenClinic, givenClinic, givenPatient, rows, service } from "../harness.ts";

const HASH = "org.tidepool.deduplicator.device.deactivate.hash";
const NOW = Date.now();
const readings = (count: number, values: object = {}) =>
  Array.from({ length: count }, (_, i) => cbg(NOW - i * 5 * MINUTE_MS, 5 + (i % 9), { deviceId: "D-1", ...values }));

/** The process is gone: nothing after this statement happens. */
class Killed extends Error {}

/** Lets so many statements of objects through; the next one is the last thing the process does. */
function killAfter(statements: number): { readonly hasHappened: () => boolean } {
  let left = statements;
  for (const name of ["all", "run", "lists"] as const) {
    const through = Reflect.get(ObjectSql.prototype, name) as (this: ObjectSql, ...given: unknown[]) => never;
    vi.spyOn(ObjectSql.prototype, name).mockImplementation(function (this: ObjectSql, ...given: unknown[]) {
      if (left-- <= 0) throw new Killed("killed");
      return through.apply(this, given);
    });
  }
  return { hasHappened: () => left < 0 };
}
afterEach(() => {
  vi.restoreAllMocks();
});

interface Given {
  readonly clinic: GivenClinic;
  readonly userId: string;
  /** An upload that is complete, one of the same device that is still open, and a continuous set. */
  readonly sets: { readonly older: string; readonly newer: string; readonly live: string };
}

async function given(): Promise<Given> {
  const clinic = await givenClinic();
  const { id: userId } = await givenPatient(clinic);
  const byHash = { deduplicator: { name: HASH }, deviceId: "D-1" };
  const older = await openSet(clinic.member, userId, byHash);
  await add(clinic.member, older, [...readings(3), prime({ deviceId: "D-1" })]);
  await close(clinic.member, older);
  const newer = await openSet(clinic.member, userId, byHash);
  await add(clinic.member, newer, [...readings(5), prime({ deviceId: "D-1" })]);
  const live = await openSet(clinic.member, userId, { dataSetType: "continuous" });
  await add(clinic.member, live, [
    smbg(NOW - 3 * MINUTE_MS),
    cbg(NOW - 12 * MINUTE_MS, 21, { deviceId: "D-9", id: "a".repeat(32) }),
  ]);
  await settle(userId);
  return { clinic, userId, sets: { older, newer, live } };
}

/** All that others see of a person: data, data sets, and the summary in the clinic. */
async function seen({ clinic, userId }: Given) {
  const { body } = await clinic.admin.get(`${clinic.path}/patients/${userId}`);
  const { body: sets } = await clinic.member.get(`/v1/users/${userId}/data_sets?deleted=true`);
  return { data: await dataOf(clinic.member, userId), sets, summary: body.summary };
}

/** The clinic shows what a calculation from the data as they are comes to. */
async function expectAgreement(it: Given) {
  await settle(it.userId);
  const { summary } = await seen(it);
  for (const kind of ["cgm", "bgm"] as const) {
    const { status, body } = await (await service()).post(`/v1/summaries/${kind}/${it.userId}`);
    if (status === 404) expect(summary?.[`${kind}Stats`]).toBeUndefined();
    else expect(summary[`${kind}Stats`].periods["14d"].totalRecords).toBe(body.periods["14d"].total.records);
  }
  expect((await seen(it)).summary?.cgmStats?.periods).toEqual(summary?.cgmStats?.periods);
}

const WRITES = {
  "opening a set": ({ clinic, userId }: Given) => clinic.member.post(`/v1/users/${userId}/data_sets`, {}),
  "adding data": ({ clinic, sets }: Given) =>
    clinic.member.post(dataPath(sets.live), [cbg(NOW - 1, 9), smbg(NOW - 2, 4)]),
  "closing an upload": ({ clinic, sets }: Given) => clinic.member.put(`/v1/data_sets/${sets.newer}`, {}),
  "deleting a set": ({ clinic, sets }: Given) => clinic.member.delete(`/v1/data_sets/${sets.older}`),
  "removing data": ({ clinic, sets }: Given) =>
    clinic.member.send("DELETE", dataPath(sets.live), [{ id: "a".repeat(32) }]),
  "destroying all": async ({ userId }: Given) => (await service()).delete(`/v1/users/${userId}/data`),
} as const;

test.each(Object.entries(WRITES))(
  "%s and being killed at any statement changes nothing, or all",
  async (_, write) => {
    const it = await given();
    const before = await seen(it);
    for (let statements = 0; ; statements++) {
      const kill = killAfter(statements);
      const { status } = await write(it);
      const wasKilled = kill.hasHappened();
      vi.restoreAllMocks();
      if (status === 503) expect(wasKilled).toBe(true);
      if (status === 503) {
        expect(await seen(it)).toEqual(before);
        continue;
      }
      // Killed at most while the database was told, which goes on later.
      expect(Math.floor(status / 100)).toBe(2);
      expect(await seen(it)).not.toEqual({ ...before, sets: [] });
      await expectAgreement(it);
      return;
    }
  },
  120_000,
);

type Sql = ObjectSql;
const pushOf = (sql: Sql, ownerId: string) =>
  sql.transaction(() => makePush(sql, { ownerId, now: Date.now(), nextRevision: () => Date.now() + 1 }))!;

const PUSHES = {
  "before the database is told": async (sql: Sql, userId: string) => {
    pushOf(sql, userId);
  },
  "after the database was told": async (sql: Sql, userId: string) => {
    await sendPush(new Db(env.DB), pushOf(sql, userId), () => {});
  },
  "after that was noted": async (sql: Sql, userId: string) => {
    const push = pushOf(sql, userId);
    await sendPush(new Db(env.DB), push, () => {});
    sql.transaction(() => finishPush(sql, push));
  },
} as const;

test.each(Object.entries(PUSHES))("a push that is killed %s arrives once", async (_, dieAt) => {
  const it = await given();
  await close(it.clinic.member, it.sets.newer);
  await runInDurableObject(objectOf(it.userId), async (__, { storage }) => dieAt(new ObjectSql(storage), it.userId));
  await abortAllDurableObjects();
  await settle(it.userId);
  const { data, summary } = await seen(it);
  await expectAgreement(it);
  expect(data.filter(({ type }) => type === "cbg")).toHaveLength(6);
  expect(summary.cgmStats.dates.lastUpdatedReason).toContain("UPLOAD_COMPLETED");
  expect(summary.cgmStats.dates.hasOutdatedSince).toBe(false);
  const audited = await rows<{ n: number }>(
    "SELECT count(*) AS n FROM audit_log WHERE patient_id = ? AND operation = 'UpdateDataSet'",
    it.userId,
  );
  expect(audited[0]!.n).toBe(2);
});

test("an object that has lost count of its pushes goes on behind the last one that arrived", async () => {
  const it = await given();
  await rows("UPDATE data_owners SET revision = revision + 1000000000, push = 'another' WHERE user_id = ?", it.userId);
  await close(it.clinic.member, it.sets.newer);
  await expectAgreement(it);
  expect(await runDurableObjectAlarm(objectOf(it.userId))).toBe(false);
});

test("what cannot be told is told later, after an own pause", async () => {
  const it = await given();
  await close(it.clinic.member, it.sets.newer);
  const fault = vi.spyOn(Db.prototype, "batch").mockRejectedValue(new Error("no database"));
  await runDurableObjectAlarm(objectOf(it.userId));
  fault.mockRestore();
  const alarmAt = await runInDurableObject(objectOf(it.userId), (_, { storage }) => storage.getAlarm());
  expect(alarmAt! - Date.now()).toBeGreaterThan(1_000);
  await expectAgreement(it);
});
