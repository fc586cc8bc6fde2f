import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  add,
  cbg,
  dataOf,
  NO_SET,
  notAuthorized,
  objectOf,
  openSet,
  prime,
  settle,
  shownTo,
  smbg,
  unknownSet,
  upload,
} from "../../../../test/device-data.ts";
import {
  type Caller,
  countRows,
  type GivenClinic,
  givenAccount,
  givenClinic,
  newUserId,
  person,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { deliverRow } from "../../../../test/mail/post-office.ts";

let clinics: GivenClinic[];
let owner: Caller;
beforeEach(async () => {
  clinics = [await givenClinic(), await givenClinic()];
  owner = await givenAccount();
});
const destroy = (caller = clinics[0]!.service, headers?: Record<string, string>) =>
  caller.delete(`/v1/users/${owner.id}/data`, headers);

/** A patient of both clinics, who see summaries of both kinds of readings; the ids of their data sets. */
async function givenData() {
  for (const { service, path } of clinics) {
    const { status } = await service.post(`${path}/patients/${owner.id}`, { permissions: { view: {}, upload: {} } });
    expect(status).toBe(200);
  }
  const now = Date.now();
  const closed = await upload(owner, [prime(), smbg(now - 60_000)], { deviceId: "A-1" });
  const live = await openSet(owner, owner.id, { dataSetType: "continuous" });
  await add(owner, live, [cbg(now - 60_000)]);
  const open = await openSet(owner, owner.id);
  await add(owner, open, [prime()]);
  await settle(owner.id);
  const both = { cgm: expect.any(String), bgm: expect.any(String) };
  expect(await shownTo(owner.id)).toEqual([both, both]);
  return [closed, live, open];
}

/** What is stored in the object of the person. */
const stored = () =>
  runInDurableObject(objectOf(owner.id), async (_, { storage }) => ({
    tables: storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    values: [...storage.kv.list()],
    alarm: await storage.getAlarm(),
  }));
const NOTHING = { tables: [], values: [], alarm: null };

async function expectNothingLeft(setIds: readonly string[]) {
  expect(await stored()).toEqual(NOTHING);
  expect(await countRows("data_sets WHERE user_id = ?", owner.id)).toBe(0);
  expect(await rows("SELECT schema_version, cgm_outdated_since FROM data_owners WHERE user_id = ?", owner.id)).toEqual([
    { schema_version: null, cgm_outdated_since: null },
  ]);
  for (const setId of setIds) {
    const { status, body } = await owner.post(`/v1/data_sets/${setId}/data`, [prime()]);
    expect([status, body]).toEqual([404, unknownSet(setId)]);
  }
}

describe("DeleteUserData", () => {
  test("200 leaves nothing: in the object, on the lists, and in any clinic", async () => {
    const setIds = await givenData();
    const answer = await destroy();
    expect([answer.status, answer.body]).toEqual([
      200,
      { data: [], meta: { trace: { request: answer.headers.get("x-tidepool-trace-request") } } },
    ]);
    await settle(owner.id);
    expect((await shownTo(owner.id)).map(({ cgm, bgm }) => [cgm, bgm])).toEqual([
      [null, null],
      [null, null],
    ]);
    for (const clinic of clinics) {
      expect((await clinic.admin.get(`${clinic.path}/patients/${owner.id}`)).body).not.toHaveProperty("summary");
    }
    expect((await owner.get(`/data/${owner.id}`)).body).toEqual([]);
    expect((await owner.get(`/v1/users/${owner.id}/data_sets?deleted=true`)).body).toEqual([]);
    for (const kind of ["cgm", "bgm", "con"]) {
      expect((await owner.get(`/v1/summaries/${kind}/${owner.id}`)).status).toBe(404);
    }
    await expectNothingLeft(setIds);
  });

  test("200 leaves one row in the trail, beside those of what was done before", async () => {
    await givenData();
    await destroy();
    await settle(owner.id);
    const trail = await rows<{ operation: string; actor_kind: string }>(
      "SELECT operation, actor_kind FROM audit_log WHERE patient_id = ? AND operation IN ('DeleteUserData', 'OpenDataSet') ORDER BY id",
      owner.id,
    );
    expect(trail.map(({ operation }) => operation)).toEqual([
      "OpenDataSet",
      "OpenDataSet",
      "OpenDataSet",
      "DeleteUserData",
    ]);
    expect(trail.at(-1)!.actor_kind).toBe("service");
  });

  test("200 leaves the data of others alone", async () => {
    await givenData();
    const other = await person();
    await upload(other, [prime()]);
    await destroy();
    expect(await dataOf(other, other.id)).toHaveLength(1);
  });

  test("200 for a person without data, of whom nothing is stored then either", async () => {
    const answer = await destroy();
    expect([answer.status, answer.body.data]).toEqual([200, []]);
    expect(await stored()).toEqual(NOTHING);
  });

  test("data may come again after it, and are all there is", async () => {
    await givenData();
    await destroy();
    await settle(owner.id);
    await upload(owner, [prime({ volume: 7 })]);
    expect((await dataOf(owner, owner.id)).map(({ volume }) => volume)).toEqual([7]);
    expect((await owner.get(`/v1/users/${owner.id}/data_sets`)).body).toHaveLength(1);
  });

  test("a set that is opened while it goes on is there after it, or gone as a whole", async () => {
    await givenData();
    const [, opened] = await Promise.all([destroy(), owner.post(`/v1/users/${owner.id}/data_sets`, {})]);
    await settle(owner.id);
    const { status } = await owner.post(`/v1/data_sets/${opened.body.data.id}/data`, [prime()]);
    const known = await countRows("data_sets WHERE user_id = ?", owner.id);
    expect([
      [200, 1],
      [404, 0],
    ]).toContainEqual([status, known]);
  });

  test("of eight at once all are told that nothing is left", async () => {
    const setIds = await givenData();
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => destroy())))).toEqual(Array(8).fill(200));
    await settle(owner.id);
    await expectNothingLeft(setIds);
  });

  test("with an Idempotency-Key as well", async () => {
    await givenData();
    const headers = { "idempotency-key": newUserId() };
    const answers = [await destroy(undefined, headers), await destroy(undefined, headers)];
    expect(answers.map(({ status, body }) => [status, body.data])).toEqual([
      [200, []],
      [200, []],
    ]);
  });

  test("403 for the owner, and for a clinician with every permission: nothing is destroyed", async () => {
    const [closed] = await givenData();
    for (const caller of [owner, clinics[0]!.admin]) {
      const answer = await destroy(caller);
      expect([answer.status, answer.body]).toEqual([403, notAuthorized]);
    }
    expect((await owner.get(`/v1/data_sets/${closed}`)).status).toBe(200);
  });

  test("400 for what is no id of a person, in an envelope", async () => {
    const answer = await clinics[0]!.service.delete(`/v1/users/${NO_SET}x/data`);
    expect([answer.status, answer.body.errors[0].status]).toEqual([400, "400"]);
  });
});

describe("an account that is deleted", () => {
  test("takes its data along", async () => {
    const setIds = await givenData();
    expect((await clinics[0]!.service.delete(`/v1/users/${owner.id}/clinics`)).status).toBeLessThan(300);
    const [entry] = await rows<{ id: string }>(
      "SELECT id FROM outbox WHERE kind = 'destroy_device_data' AND unique_key LIKE ?",
      `%${owner.id}%`,
    );
    await deliverRow(entry!.id, env);
    await vi.waitFor(async () => expect(await stored()).toEqual(NOTHING), { timeout: 10_000 });
    await expectNothingLeft(setIds);
    const trail = "SELECT actor_id FROM audit_log WHERE patient_id = ? AND operation = 'DeleteUserData'";
    expect(await rows(trail, owner.id)).toEqual([{ actor_id: "clinics-edge" }]);
  });

  test("of a person without data causes nothing to be done", async () => {
    const { service, path } = clinics[0]!;
    await service.post(`${path}/patients/${owner.id}`, { permissions: { view: {} } });
    await service.delete(`/v1/users/${owner.id}/clinics`);
    expect(await countRows("outbox WHERE kind = 'destroy_device_data' AND unique_key LIKE ?", `%${owner.id}%`)).toBe(0);
  });
});
