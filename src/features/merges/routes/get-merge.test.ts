import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenPatient, rows, UNKNOWN_ID } from "../../../../test/harness.ts";
import { carryOut, lockPair } from "../../../../test/merge-rows.ts";

let source: GivenClinic;
let target: GivenClinic;
beforeEach(async () => {
  [source, target] = [await givenClinic({ name: "North" }), await givenClinic({ name: "South" })];
});

describe("GetMerge", () => {
  test("200 says how far the merge has come, from its claim to its end, in one round trip", async () => {
    await givenPatient(source);
    const id = await lockPair({ sourceId: source.clinicId, targetId: target.clinicId });
    const get = () => target.service.get(`${target.path}/merges/${id}`);
    expect((await get()).body).toMatchObject({
      id,
      phase: "planning",
      recordsDone: 0,
      recordsTotal: 1,
      sourceName: "North",
      targetName: "South",
    });
    await carryOut(id);
    const answer = await get();
    expect([answer.calls, answer.body]).toEqual([
      1,
      expect.objectContaining({ phase: "done", recordsDone: 1, mergedTime: expect.any(String) }),
    ]);
    expect(answer.body).not.toHaveProperty("notRestored");
  });

  test("200 shows a page of what was not restored, and how much there is", async () => {
    const id = await lockPair({ sourceId: source.clinicId, targetId: target.clinicId });
    await carryOut(id);
    await rows("UPDATE merges SET phase = 'undone', undo_requested_by = 'x' WHERE id = ? RETURNING id", id);
    for (const name of ["a", "b", "c"]) {
      await rows(
        "INSERT INTO merge_kept (merge_id, kind, id, reason) VALUES (?, 'tag', ?, 'inUse') RETURNING id",
        id,
        name,
      );
    }
    const { body } = await target.service.get(`${target.path}/merges/${id}?offset=1&limit=1`);
    expect(body.notRestored).toEqual({ count: 3, records: [{ kind: "tag", id: "b", reason: "inUse" }] });
  });

  test("404 for a merge that is not there, or of another clinic", async () => {
    const id = await lockPair({ sourceId: source.clinicId, targetId: target.clinicId });
    expect((await target.service.get(`${target.path}/merges/${UNKNOWN_ID}`)).status).toBe(404);
    expect((await target.service.get(`${source.path}/merges/${id}`)).status).toBe(404);
    await carryOut(id);
  });
});
