import { beforeEach, describe, expect, test } from "vitest";
import { add, cbg, fault, openSet, settle } from "../../../../test/device-data.ts";
import { type Caller, givenClinic, newUserId, person, rows, service } from "../../../../test/harness.ts";

let backend: Caller;
beforeEach(async () => {
  backend = await service();
  await rows("DELETE FROM data_owners RETURNING user_id");
});
const list = (kind = "cgm", query = "", caller = backend) => caller.get(`/v1/summaries/outdated/${kind}${query}`);

/** What the objects of people have told of their summaries. */
const outdated = async (since: Readonly<Record<string, number | null>>) => {
  const userId = newUserId();
  await rows(
    `INSERT INTO data_owners (user_id, revision, push, schema_version, cgm_outdated_since, bgm_outdated_since, con_outdated_since)
     VALUES (?, 1, 'p', 6, ?, ?, ?) RETURNING user_id`,
    userId,
    since.cgm ?? null,
    since.bgm ?? null,
    since.con ?? null,
  );
  return userId;
};
const AT = Date.parse("2026-03-01T09:00:00Z");

describe("ListOutdatedSummaries", () => {
  test("200 with whose summary of the kind waits, the longest first, and of which span", async () => {
    const late = await outdated({ cgm: AT + 2000, bgm: AT });
    const early = await outdated({ cgm: AT });
    await outdated({ con: AT });
    await outdated({});
    const answer = await list();
    expect([answer.status, answer.body, answer.calls]).toEqual([
      200,
      { userIds: [early, late], start: "2026-03-01T09:00:00.000Z", end: "2026-03-01T09:00:02.000Z" },
      1,
    ]);
    expect((await list("bgm")).body.userIds).toEqual([late]);
    expect((await list("con")).body.userIds).toHaveLength(1);
  });

  test("200 with at most as many as are asked for", async () => {
    const all: string[] = [];
    for (let i = 0; i < 3; i++) all.push(await outdated({ cgm: AT + i }));
    expect((await list("cgm", "?size=2")).body.userIds).toEqual(all.slice(0, 2));
    expect((await list("cgm", "?size=1000")).body.userIds).toEqual(all);
  });

  test("200 without those that are outdated later than now, and with nobody", async () => {
    await outdated({ cgm: Date.now() + 3_600_000 });
    expect((await list()).body.userIds).toEqual([]);
  });

  test("200 without a person whose summary was calculated", async () => {
    const owner = await person();
    const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
    await add(owner, setId, [cbg(Date.now() - 60_000)]);
    await settle(owner.id);
    expect((await list()).body.userIds).not.toContain(owner.id);
  });

  test.each(["size=0", "size=1001", "size=x", "size=1.5"])("400 for ?%s, as it is", async (query) => {
    const answer = await list("cgm", `?${query}`);
    expect([answer.status, answer.body]).toEqual([
      400,
      fault("bad-request", "request is not valid", expect.stringContaining('"size" in query') as never),
    ]);
  });

  test("400 for a kind there is not; 403 before it for a person", async () => {
    expect((await list("none")).status).toBe(400);
    const title = "authentication token is not authorized for requested action";
    for (const caller of [await person(), (await givenClinic()).admin]) {
      const answer = await list("none", "?size=x", caller);
      expect([answer.status, answer.body]).toEqual([403, fault("unauthorized", title, title)]);
    }
  });
});
