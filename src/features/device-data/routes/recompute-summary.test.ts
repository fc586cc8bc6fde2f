import { beforeEach, describe, expect, test } from "vitest";
import { add, cbg, fault, openSet, prime, settle, shownTo, upload } from "../../../../test/device-data.ts";
import { type Caller, givenAccount, givenClinic, newUserId, person, statuses } from "../../../../test/harness.ts";

let owner: Caller;
let setId: string;
beforeEach(async () => {
  owner = await givenAccount();
  setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
});
const recompute = (kind = "cgm", caller = owner, headers?: Record<string, string>) =>
  caller.post(`/v1/summaries/${kind}/${owner.id}`, undefined, headers);
const get = (kind = "cgm") => owner.get(`/v1/summaries/${kind}/${owner.id}`);

describe("RecomputeSummary", () => {
  test("200 with data that came a moment ago, and clinics show it at once", async () => {
    const clinic = await givenClinic();
    await clinic.service.post(`${clinic.path}/patients/${owner.id}`, { permissions: { view: {} } });
    await add(owner, setId, [cbg(Date.now() - 60_000, 8.25)]);
    expect((await get()).status).toBe(404);
    const { status, body } = await recompute();
    expect(status).toBe(200);
    expect(body).toMatchObject({ type: "cgm", periods: { "1d": { averageGlucoseMmol: 8.25 } } });
    expect(body.dates.lastUpdatedReason).toEqual(["DATA_ADDED"]);
    expect((await get()).body).toEqual(body);
    expect(await shownTo(owner.id)).toEqual([{ cgm: body.id, bgm: null }]);
  });

  test("200 the same numbers again where nothing has changed", async () => {
    await add(owner, setId, [cbg(Date.now() - 60_000)]);
    const [first, again] = [(await recompute()).body, (await recompute()).body];
    expect([again.id, again.periods]).toEqual([first.id, first.periods]);
    expect(again.dates).not.toHaveProperty("outdatedSince");
    expect(again.dates.lastData).toBe(first.dates.lastData);
  });

  test("200 for every kind", async () => {
    await add(owner, setId, [cbg(Date.now() - 60_000)]);
    expect((await recompute("con")).body.type).toBe("con");
    expect((await recompute("bgm")).status).toBe(404);
  });

  test("200 of eight at once, all with the same numbers", async () => {
    await add(owner, setId, [cbg(Date.now() - 60_000)]);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => recompute("cgm", owner, { "idempotency-key": newUserId() })),
    );
    expect(statuses(answers)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ body }) => JSON.stringify([body.id, body.periods]))).size).toBe(1);
  });

  test("404 where there are no data, also where there were some", async () => {
    const none = fault("resource-not-found", "resource not found", `resource with id "${owner.id}" not found`);
    const unknown = await recompute();
    expect([unknown.status, unknown.body]).toEqual([404, none]);
    const uploaded = await upload(owner, [cbg(Date.now() - 60_000), prime()]);
    expect((await recompute()).status).toBe(200);
    await owner.delete(`/v1/data_sets/${uploaded}`);
    const gone = await recompute();
    expect([gone.status, gone.body]).toEqual([404, none]);
    expect((await get()).status).toBe(404);
  });

  test("404 for a person nobody has heard of, and nothing is stored of them", async () => {
    const stranger = await person();
    expect((await stranger.post(`/v1/summaries/cgm/${stranger.id}`)).status).toBe(404);
    await settle(stranger.id);
    expect((await stranger.get(`/data/${stranger.id}`)).body).toEqual([]);
  });

  test("403 for a stranger, as it is", async () => {
    const title = "authentication token is not authorized for requested action";
    const answer = await recompute("cgm", await person());
    expect([answer.status, answer.body]).toEqual([403, fault("unauthorized", title, title)]);
  });
});
