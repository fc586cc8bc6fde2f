import { beforeEach, describe, expect, test } from "vitest";
import {
  add,
  cbg,
  dataOf,
  NO_SET,
  notAuthorized,
  openSet,
  prime,
  settle,
  unknownSet,
  upload,
} from "../../../../test/device-data.ts";
import { type Caller, givenAccount, givenClinic, newUserId, person, rows, statuses } from "../../../../test/harness.ts";

let owner: Caller;
beforeEach(async () => {
  owner = await person();
});
const deleteSet = (setId: string, caller = owner, headers?: Record<string, string>) =>
  caller.delete(`/v1/data_sets/${setId}`, headers);
const listed = async (query = "") =>
  (await owner.get(`/v1/users/${owner.id}/data_sets${query}`)).body.map(({ id }: { id: string }) => id);

describe("DeleteDataSet", () => {
  test("200 destroys the data of the set and no others; the record stays with the time, in one round trip", async () => {
    const kept = await upload(owner, [prime()]);
    const setId = await upload(owner, [prime({ volume: 1 }), prime({ volume: 2 })]);
    const answer = await deleteSet(setId);
    expect([answer.status, answer.body, answer.calls]).toEqual([
      200,
      { data: {}, meta: { trace: { request: answer.headers.get("x-tidepool-trace-request") } } },
      1,
    ]);
    expect((await dataOf(owner, owner.id)).map(({ uploadId }) => uploadId)).toEqual([kept]);
    const { body } = await owner.get(`/v1/data_sets/${setId}`);
    expect(body.deletedTime).toBe(body.modifiedTime);
    expect(Date.parse(body.deletedTime)).toBeGreaterThanOrEqual(Date.parse(body.createdTime));
  });

  test("200 takes it off the lists, but from one that asks for deleted ones, and off the query", async () => {
    const setId = await upload(owner, [prime()]);
    expect(await listed()).toEqual([setId]);
    await deleteSet(setId);
    expect([await listed(), await listed("?deleted=true")]).toEqual([[], [setId]]);
    expect((await owner.get(`/data/${owner.id}`)).body).toEqual([]);
  });

  test.each(["normal", "continuous"])("200 for an open set: %s", async (dataSetType) => {
    const setId = await openSet(owner, owner.id, { dataSetType });
    await add(owner, setId, [prime()]);
    expect((await deleteSet(setId)).status).toBe(200);
    expect(await dataOf(owner, owner.id)).toEqual([]);
    expect((await owner.post(`/v1/data_sets/${setId}/data`, [prime()])).body).toEqual(unknownSet(setId));
  });

  test("200 at the older path as well", async () => {
    const setId = await upload(owner, [prime()]);
    expect((await owner.delete(`/v1/datasets/${setId}`)).status).toBe(200);
    expect(await listed()).toEqual([]);
  });

  test("200 makes the summaries outdated: without data they disappear", async () => {
    const setId = await upload(owner, [cbg(Date.now() - 60_000)]);
    await settle(owner.id);
    expect((await owner.get(`/v1/summaries/cgm/${owner.id}`)).status).toBe(200);
    await deleteSet(setId);
    await settle(owner.id);
    expect((await owner.get(`/v1/summaries/cgm/${owner.id}`)).status).toBe(404);
  });

  test("200 makes the summaries outdated: what is left is counted, and the reason told", async () => {
    const now = Date.now();
    await upload(owner, [cbg(now - 600_000, 5)]);
    const setId = await upload(owner, [cbg(now - 60_000, 9)]);
    await settle(owner.id);
    await deleteSet(setId);
    const outdated = (await owner.get(`/v1/summaries/cgm/${owner.id}`)).body;
    expect(outdated.dates.outdatedReason).toEqual(["DATA_DELETED"]);
    await settle(owner.id);
    const { body } = await owner.get(`/v1/summaries/cgm/${owner.id}`);
    expect(body.dates).toMatchObject({ lastUpdatedReason: ["DATA_DELETED"], outdatedReason: [] });
    expect(body.periods["1d"].averageGlucoseMmol).toBe(5);
  });

  test("the ids of data that are gone may be used again", async () => {
    const id = "f".repeat(32);
    const setId = await upload(owner, [prime({ id })]);
    await deleteSet(setId);
    await upload(owner, [prime({ id })]);
    expect((await dataOf(owner, owner.id)).map((it) => it.id)).toEqual([id]);
  });
});

describe("a refusal", () => {
  test("404 for an unknown set and for one that is deleted, to every caller", async () => {
    const setId = await upload(owner, [prime()]);
    await deleteSet(setId);
    for (const caller of [owner, await person()]) {
      const unknown = await deleteSet(NO_SET, caller);
      expect([unknown.status, unknown.body]).toEqual([404, unknownSet(NO_SET)]);
    }
    const again = await deleteSet(setId);
    expect([again.status, again.body]).toEqual([404, unknownSet(setId)]);
  });

  test("403 for a stranger, and nothing is destroyed", async () => {
    const setId = await upload(owner, [prime()]);
    const answer = await deleteSet(setId, await person());
    expect([answer.status, answer.body]).toEqual([403, notAuthorized]);
    expect(await dataOf(owner, owner.id)).toHaveLength(1);
  });

  test("403 for who may upload and works in a clinic with the person, of a set the person has opened", async () => {
    const clinic = await givenClinic();
    owner = await givenAccount();
    const permissions = { upload: {}, view: {} };
    const added = await clinic.service.post(`${clinic.path}/patients/${owner.id}`, { permissions });
    expect(added.status).toBe(200);
    const setId = await upload(owner, [prime()]);
    const answer = await deleteSet(setId, clinic.admin);
    expect([answer.status, answer.body]).toEqual([403, notAuthorized]);
    const own = await openSet(clinic.admin, owner.id);
    expect((await deleteSet(own, owner)).status).toBe(200);
  });
});

describe("a repeat", () => {
  test("of eight at once one destroys them, the others find nothing", async () => {
    const setId = await upload(owner, [prime()]);
    const answers = await Promise.all(Array.from({ length: 8 }, () => deleteSet(setId)));
    expect(statuses(answers)).toEqual([200, ...Array(7).fill(404)]);
    await settle(owner.id);
    const done = "SELECT outcome FROM audit_log WHERE operation = 'DeleteDataSet' AND patient_id = ?";
    expect(await rows(done, owner.id)).toHaveLength(1);
  });

  test("with an Idempotency-Key gets the same answer", async () => {
    const setId = await upload(owner, [prime()]);
    const headers = { "idempotency-key": newUserId() };
    const answers = [await deleteSet(setId, owner, headers), await deleteSet(setId, owner, headers)];
    expect(answers.map(({ status, body }) => [status, body.data])).toEqual([
      [200, {}],
      [200, {}],
    ]);
  });
});
