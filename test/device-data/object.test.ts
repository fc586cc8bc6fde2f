import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
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
