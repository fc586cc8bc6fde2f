import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { add, cbg, fault, openSet, settle } from "../../../../test/device-data.ts";
import { type Caller, person, rows, service } from "../../../../test/harness.ts";
import { Db } from "../../../platform/db/client.ts";
import { sweeps } from "../sweeps.ts";

let backend: Caller;
beforeEach(async () => {
  backend = await service();
  await rows("DELETE FROM data_owners RETURNING user_id");
});
const list = (query = "", caller = backend, kind = "cgm") => caller.get(`/v1/summaries/migratable/${kind}${query}`);
async function givenOwner(schemaVersion: number): Promise<Caller> {
  const owner = await person();
  const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
  await add(owner, setId, [cbg(Date.now() - 60_000)]);
  await settle(owner.id);
  await rows("UPDATE data_owners SET schema_version = ? WHERE user_id = ? RETURNING user_id", schemaVersion, owner.id);
  return owner;
}

describe("ListMigratableSummaries", () => {
  test("200 with whose summaries are of an earlier version, the oldest first, for every kind", async () => {
    const [five, six, four] = [await givenOwner(5), await givenOwner(6), await givenOwner(4)];
    for (const kind of ["cgm", "bgm", "con"]) {
      const answer = await list("", backend, kind);
      expect([answer.status, answer.body, answer.calls]).toEqual([200, [four.id, five.id], 1]);
    }
    expect((await list("?size=1")).body).toEqual([four.id]);
    expect((await list()).body).not.toContain(six.id);
  });

  test("200 without a person whose summaries the sweep had calculated again", async () => {
    const owner = await givenOwner(5);
    for (const { run } of sweeps)
      await run({ bindings: env, db: new Db(env.DB), trail: new Db(env.AUDIT_DB), now: Date.now() });
    await settle(owner.id);
    expect((await list()).body).toEqual([]);
    const { body } = await owner.get(`/v1/summaries/cgm/${owner.id}`);
    expect(body.config.schemaVersion).toBe(6);
  });

  test("400 for a size there is not; 403 before it for a person", async () => {
    expect((await list("?size=0")).status).toBe(400);
    const title = "authentication token is not authorized for requested action";
    const answer = await list("?size=0", await person());
    expect([answer.status, answer.body]).toEqual([403, fault("unauthorized", title, title)]);
  });
});
