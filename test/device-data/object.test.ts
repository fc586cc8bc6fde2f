import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { ChartData } from "../../src/features/reports/model/chart-data.ts";
import {
  add,
  cbg,
  close,
  dataOf,
  DAY_MS,
  HOUR_MS,
  iso,
  MINUTE_MS,
  objectOf,
  openSet,
  settle,
  smbg,
} from "../device-data.ts";
import { givenClinic, givenPatient, person, rows, service } from "../harness.ts";

const NOW = Date.now();

/** The names of the tables of a person's object. */
const tablesOf = (userId: string): Promise<string[]> =>
  runInDurableObject(objectOf(userId), (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
      )
      .toArray()
      .map(({ name }) => name),
  );

const rowsOf = (userId: string, text: string): Promise<any[]> =>
  runInDurableObject(objectOf(userId), (_, { storage }) => storage.sql.exec(text).toArray());

test("who asks for data that nobody has sent makes no tables", async () => {
  const owner = await person();
  expect(await dataOf(owner, owner.id)).toEqual([]);
  expect((await owner.get(`/v1/users/${owner.id}/data_sets`)).body).toEqual([]);
  expect((await owner.get(`/v1/summaries/cgm/${owner.id}`)).status).toBe(404);
  expect((await (await service()).delete(`/v1/users/${owner.id}/data`)).status).toBe(200);
  expect(await tablesOf(owner.id)).toEqual([]);
});

test("nothing is left when all data are destroyed, and there can be new ones", async () => {
  const owner = await person();
  const setId = await openSet(owner, owner.id);
  await add(owner, setId, [cbg(NOW)]);
  await close(owner, setId);
  await (await service()).delete(`/v1/users/${owner.id}/data`);
  expect(await tablesOf(owner.id)).toEqual([]);
  expect(await rows("SELECT id FROM data_sets WHERE user_id = ?", owner.id)).toEqual([]);
  expect(await runInDurableObject(objectOf(owner.id), (_, { storage }) => storage.getAlarm())).toBeNull();
  const again = await openSet(owner, owner.id, { dataSetType: "continuous" });
  await add(owner, again, [cbg(NOW, 8)]);
  expect(await dataOf(owner, owner.id)).toMatchObject([{ value: 8, uploadId: again }]);
});

test("what a reading has in common with others is stored once, and what follows from other members not at all", async () => {
  const owner = await person();
  const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
  const clock = (ms: number) => ({ deviceTime: iso(ms - 7 * HOUR_MS).slice(0, 19), timezoneOffset: -420 });
  await add(
    owner,
    setId,
    Array.from({ length: 20 }, (_, i) => cbg(NOW - i * 5 * MINUTE_MS, 5 + i / 10, clock(NOW - i * 5 * MINUTE_MS))),
  );
  expect(await rowsOf(owner.id, "SELECT count(*) AS n FROM shapes")).toEqual([{ n: 1 }]);
  expect(await rowsOf(owner.id, "SELECT count(*) AS n FROM data WHERE rest IS NULL AND length(id) = 16")).toEqual([
    { n: 20 },
  ]);
  const [newest] = (await dataOf(owner, owner.id)).toReversed();
  expect(newest).toMatchObject({ time: iso(NOW), ...clock(NOW), value: 5 });
});

test("a lone reading takes no whole week of hours", async () => {
  const owner = await person();
  const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
  await add(
    owner,
    setId,
    Array.from({ length: 50 }, (_, i) => cbg(NOW - i * 7 * DAY_MS)),
  );
  const [{ n, bytes }] = await rowsOf(
    owner.id,
    "SELECT count(*) AS n, sum(length(hours)) AS bytes FROM buckets WHERE kind = 1",
  );
  expect(n).toBe(50);
  expect(bytes).toBe(50 * 22 * 8);
});

test("readings more than a day ahead do not count yet; those of the hour in which the last one that counts is, neither", async () => {
  const clinic = await givenClinic();
  const { id: userId } = await givenPatient(clinic);
  const setId = await openSet(clinic.member, userId, { dataSetType: "continuous" });
  const hour = Math.floor((NOW + DAY_MS) / HOUR_MS) * HOUR_MS;
  await add(clinic.member, setId, [
    cbg(NOW, 6),
    cbg(hour, 7),
    cbg(hour + HOUR_MS - 1, 20),
    cbg(hour + 5 * HOUR_MS, 21),
  ]);
  await settle(userId);
  const { body } = await clinic.admin.get(`${clinic.path}/patients/${userId}`);
  const { periods, dates } = body.summary.cgmStats;
  expect(dates.lastData).toBe(iso(hour));
  expect([periods["1d"].max, periods["7d"].totalRecords]).toEqual([7, 2]);
  expect(await dataOf(clinic.member, userId)).toHaveLength(4);
});

test("a record that is made after the summary was calculated shows it", async () => {
  const owner = await person();
  const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
  await add(owner, setId, [smbg(NOW, 6)]);
  await settle(owner.id);
  const entries = await rows("SELECT kind FROM outbox WHERE recipient_user_id = ?", owner.id);
  expect(entries).toEqual([]);
  expect(await rows("SELECT schema_version FROM data_owners WHERE user_id = ?", owner.id)).toEqual([
    { schema_version: 6 },
  ]);
});

describe("what is drawn of a person's data", () => {
  const END = NOW - (NOW % MINUTE_MS);
  const FROM = END - 16 * DAY_MS;

  /** The same reading in each minute before the end. */
  async function givenEachMinute(minutes: number): Promise<string> {
    const owner = await person();
    const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
    await add(owner, setId, [cbg(END)]);
    await rowsOf(
      owner.id,
      `WITH RECURSIVE back (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM back WHERE i < ${minutes})
       INSERT INTO data (type, time, shape, set_key, created_at, is_archived, value, id)
       SELECT type, time - i * ${MINUTE_MS}, shape, set_key, created_at, 0, value, 'back' || i FROM data, back`,
    );
    return owner.id;
  }
  const chartOf = (userId: string): Promise<ChartData> =>
    runInDurableObject(objectOf(userId), (it) =>
      (it as unknown as { chart(from: number, to: number): Promise<ChartData> }).chart(FROM, END + DAY_MS),
    );

  test("are all readings of two weeks of a sensor that records each minute, a day more on both sides", async () => {
    const { from, sensor } = await chartOf(await givenEachMinute(16 * 24 * 60));
    expect([from, sensor.times.length, sensor.values.length]).toEqual([FROM, 16 * 24 * 60 + 1, 16 * 24 * 60 + 1]);
    expect([sensor.times[0], sensor.times.at(-1)]).toEqual([FROM, END]);
  });

  test("are readings of a sensor once for a time, the one that summaries count, and all fingersticks", async () => {
    const owner = await person();
    for (const value of [5, 9]) {
      const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
      const times = [0, 1, 2].map((n) => END - n * 5 * MINUTE_MS);
      await add(owner, setId, [...times.map((time) => cbg(time, value)), smbg(END, value)]);
    }
    const { sensor, fingersticks } = await chartOf(owner.id);
    expect([sensor.values, fingersticks.values]).toEqual([
      [5, 5, 5],
      [5, 9],
    ]);
    await settle(owner.id);
    const { body } = await owner.get(`/v1/summaries/cgm/${owner.id}`);
    expect([body.periods["1d"].total.records, body.periods["1d"].max]).toEqual([3, 5]);
  });

  test("are the newest where there are more than are drawn, and only the days that these are of", async () => {
    const userId = await givenEachMinute(16 * 24 * 60);
    // Three more on each minute.
    await rowsOf(
      userId,
      `WITH RECURSIVE again (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM again WHERE n < 3)
       INSERT INTO data (type, time, shape, set_key, created_at, is_archived, value, id)
       SELECT type, time - n, shape, set_key, created_at, 0, value, 'again' || n || time FROM data, again`,
    );
    const { from, sensor } = await chartOf(userId);
    expect(sensor.times).toHaveLength(50_000);
    expect([sensor.times[0], sensor.times.at(-1)]).toEqual([from, END]);
    expect(sensor.times.every((time, i) => i === 0 || time >= sensor.times[i - 1]!)).toBe(true);
  });
});
