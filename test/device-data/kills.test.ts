import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { isDeepStrictEqual } from "node:util";
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
import { type Answer, type GivenClinic, givenClinic, givenPatient, newUserId, rows, service } from "../harness.ts";
import { modelStats, periodDifferences } from "../summaries-model.ts";

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
  /** Another clinic that has the person. */
  readonly other: GivenClinic;
  readonly userId: string;
  /** An upload that is complete, one of the same device that is still open, and a continuous set. */
  readonly sets: { readonly older: string; readonly newer: string; readonly live: string };
}

async function given(): Promise<Given> {
  const clinic = await givenClinic();
  const { id: userId } = await givenPatient(clinic);
  const other = await givenClinic();
  await other.service.post(`${other.path}/patients/${userId}`, { permissions: { view: {} } });
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
  return { clinic, other, userId, sets: { older, newer, live } };
}

/** All that others see of a person: data, data sets, and the summaries in both clinics. */
async function seen({ clinic, other, userId }: Given) {
  const [summary, elsewhere] = await Promise.all(
    [clinic, other].map(async ({ admin, path }) => (await admin.get(`${path}/patients/${userId}`)).body.summary),
  );
  const { body: sets } = await clinic.member.get(`/v1/users/${userId}/data_sets?deleted=true`);
  return { data: await dataOf(clinic.member, userId), sets, summary, elsewhere };
}

/** Both clinics show what a model makes of the data that readers see. */
async function expectAgreement(it: Given) {
  await settle(it.userId);
  const { data, summary, elsewhere } = await seen(it);
  for (const [kind, type] of [
    ["cgm", "cbg"],
    ["bgm", "smbg"],
  ] as const) {
    const readings = data
      .filter((datum) => datum.type === type)
      .map(({ id, time, value, sampleInterval, deviceId }) => {
        const at = Date.parse(time);
        return { id, time: at, value, sampleInterval, deviceId, createdTime: at, modifiedTime: at, active: true };
      });
    const expected = modelStats(kind, readings, Date.now());
    for (const { [`${kind}Stats`]: stats } of [summary ?? {}, elsewhere ?? {}]) {
      if (!expected) {
        expect(stats).toBeUndefined();
        continue;
      }
      for (const [name, period] of Object.entries(expected.periods)) {
        expect(periodDifferences(stats.periods[name], period), `${kind} ${name}`).toEqual([]);
      }
      expect(stats.dates.hasOutdatedSince).toBe(false);
    }
  }
  expect(elsewhere).toEqual(summary);
}

/** How many data of each data set readers see, and how many sets there are, deleted ones apart. */
const counted = ({ data, sets }: Awaited<ReturnType<typeof seen>>, { sets: { older, newer, live } }: Given) => {
  const deleted = sets.filter((set: object) => "deletedTime" in set).length;
  return {
    data: [older, newer, live].map((id) => data.filter(({ uploadId }) => uploadId === id).length),
    sets: [sets.length - deleted, deleted],
  };
};
const BEFORE = { data: [4, 0, 2], sets: [2, 0] };

/** Each write, and what is seen when all of it has happened. */
const WRITES: Readonly<
  Record<string, { write: (it: Given, headers: Record<string, string>) => Promise<Answer>; after: typeof BEFORE }>
> = {
  "opening a set": {
    write: ({ clinic, userId }, headers) =>
      clinic.member.post(`/v1/users/${userId}/data_sets`, { dataSetType: "continuous" }, headers),
    after: { data: [4, 0, 2], sets: [3, 0] },
  },
  "adding data": {
    write: ({ clinic, sets }, headers) =>
      clinic.member.post(dataPath(sets.live), [cbg(NOW - 1, 9), smbg(NOW - 2, 4)], headers),
    after: { data: [4, 0, 4], sets: [2, 0] },
  },
  "closing an upload": {
    write: ({ clinic, sets }, headers) => clinic.member.put(`/v1/data_sets/${sets.newer}`, {}, headers),
    after: { data: [0, 6, 2], sets: [3, 0] },
  },
  "deleting a set": {
    write: ({ clinic, sets }, headers) => clinic.member.delete(`/v1/data_sets/${sets.older}`, headers),
    after: { data: [0, 0, 2], sets: [1, 1] },
  },
  "removing data": {
    write: ({ clinic, sets }, headers) =>
      clinic.member.send("DELETE", dataPath(sets.live), [{ id: "a".repeat(32) }], headers),
    after: { data: [4, 0, 1], sets: [2, 0] },
  },
  "destroying all": {
    write: async ({ userId }, headers) => (await service()).delete(`/v1/users/${userId}/data`, headers),
    after: { data: [0, 0, 0], sets: [0, 0] },
  },
};

test.each(Object.entries(WRITES))(
  "%s and being killed at any statement changes nothing, or all; its repeats do it once",
  async (_, { write, after }) => {
    const it = await given();
    const before = await seen(it);
    expect(counted(before, it)).toEqual(BEFORE);
    const headers = { "idempotency-key": newUserId() };
    let isOver = false;
    for (let statements = 0; !isOver; statements++) {
      const kill = killAfter(statements);
      const { status } = await write(it, headers);
      isOver = !kill.hasHappened();
      vi.restoreAllMocks();
      await abortAllDurableObjects();
      // Without an answer it has happened only if it was killed while the database was told, which goes on later.
      expect([200, 201, 503]).toContain(status);
      const now = await seen(it);
      if (status === 503 && isDeepStrictEqual(counted(now, it), BEFORE)) expect(now).toEqual(before);
      else expect(counted(now, it)).toEqual(after);
    }
    expect(counted(await seen(it), it)).toEqual(after);
    await expectAgreement(it);
    expect(counted(await seen(it), it)).toEqual(after);
  },
  120_000,
);

const CALCULATIONS: Readonly<Record<string, (it: Given) => Promise<unknown>>> = {
  "by the alarm": ({ userId }) => runDurableObjectAlarm(objectOf(userId)),
  "on demand": async ({ userId }) => (await service()).post(`/v1/summaries/cgm/${userId}`),
};

test.each(Object.entries(CALCULATIONS))(
  "a calculation that is killed at any statement ends later, with the same numbers in every clinic: %s",
  async (_, calculate) => {
    const it = await given();
    let isOver = false;
    for (let statements = 0; !isOver; statements++) {
      // Something new each time: readings late and early, and one that goes.
      const id = (statements + 1).toString(16).padStart(32, "0");
      await add(it.clinic.member, it.sets.live, [
        cbg(NOW + 1 - statements * 7 * MINUTE_MS, 4 + (statements % 11), { deviceId: "D-7", id }),
        smbg(NOW + 1 - statements * 3 * MINUTE_MS, 5),
      ]);
      if (statements % 3 === 2) {
        await it.clinic.member.send("DELETE", dataPath(it.sets.live), [{ id }]);
      }
      const kill = killAfter(statements);
      await calculate(it);
      isOver = !kill.hasHappened();
      vi.restoreAllMocks();
      await abortAllDurableObjects();
      await expectAgreement(it);
    }
  },
  240_000,
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
