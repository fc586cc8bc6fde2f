import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Db } from "../../src/platform/db/client.ts";
import { sweeps } from "../../src/features/patient-merges/sweeps.ts";
import { countRows, type GivenClinic, newUserId, person, rows } from "../harness.ts";
import { givenTwo, merge } from "../patient-merges.ts";

/** Repeated requests, and what is over after 30 and 31 days. */

const DAY_MS = 86_400_000;
afterEach(() => void vi.useRealTimers());

const mergesOf = ({ clinicId }: GivenClinic) => countRows("patient_merges WHERE clinic_id = ?", clinicId);
const undo = (clinic: GivenClinic, id: string) => clinic.admin.post(`${clinic.path}/patient_merges/${id}/undo`);
const keyed = (clinic: GivenClinic, key: string, target: string, body: object, query = "") =>
  clinic.admin.post(`${clinic.path}/patients/${target}/merge${query}`, body, { "idempotency-key": key });

describe("a repeated merge", () => {
  test("with its key gets the stored answer; another body under it is refused", async () => {
    const { clinic, a, b } = await givenTwo();
    const key = newUserId();
    const first = await keyed(clinic, key, b.id, { sourceId: a.id });
    await clinic.member.put(`${clinic.path}/patients/${b.id}`, { fullName: "Rosa D", birthDate: "1987-02-03" });
    const again = await keyed(clinic, key, b.id, { sourceId: a.id });
    expect([again.status, again.text]).toEqual([200, first.text]);
    const other = await keyed(clinic, key, b.id, { sourceId: a.id, take: ["fullName"] });
    expect([other.status, await mergesOf(clinic)]).toEqual([422, 1]);
  });

  test("that was a dry run has stored nothing under its key", async () => {
    const { clinic, a, b } = await givenTwo();
    const key = newUserId();
    const dry = await keyed(clinic, key, b.id, { sourceId: a.id }, "?dryRun=true");
    expect([dry.status, dry.body.state, await mergesOf(clinic)]).toEqual([200, "planned", 0]);
    const done = await keyed(clinic, key, b.id, { sourceId: a.id });
    expect([done.status, done.body.state]).toEqual([200, "merged"]);
  });

  test("without a key finds the merge that stands, whatever it takes; after an undo it merges again", async () => {
    const { clinic, a, b } = await givenTwo();
    const first = (await merge(clinic, b.id, a.id)).body;
    for (const more of [{}, { take: ["fullName"] }, { plan: "0".repeat(64) }]) {
      const again = await merge(clinic, b.id, a.id, more);
      expect([again.status, again.body.id]).toEqual([200, first.id]);
    }
    const dry = await merge(clinic, b.id, a.id, {}, "?dryRun=true");
    expect([dry.status, dry.body.replacedBy]).toEqual([404, b.id]);
    const undone = await undo(clinic, first.id);
    expect((await undo(clinic, first.id)).body).toEqual(undone.body);
    const second = (await merge(clinic, b.id, a.id)).body;
    expect([second.id === first.id, second.state, await mergesOf(clinic)]).toEqual([false, "merged", 2]);
    expect((await undo(clinic, first.id)).body).toMatchObject({ id: first.id, state: "undone" });
    expect((await clinic.admin.get(`${clinic.path}/patients/${a.id}`)).body.replacedBy).toBe(b.id);
    expect((await undo(clinic, second.id)).body).toMatchObject({ state: "undone", notRestored: [] });
  });
});

describe("after 30 days", () => {
  /** The admin at another time, when the token of now has expired. */
  const adminAt = (clinic: GivenClinic, at: number) => {
    vi.useFakeTimers({ toFake: ["Date"], now: at });
    return person({ sub: clinic.admin.id, email: `${clinic.admin.id}@people.test` });
  };

  test.each([
    [-1, 200],
    [0, 409],
  ])("and %i milliseconds an undo is answered %i", async (ms, status) => {
    const { clinic, a, b } = await givenTwo();
    const { id, mergedTime, undoableUntil } = (await merge(clinic, b.id, a.id)).body;
    expect(Date.parse(undoableUntil)).toBe(Date.parse(mergedTime) + 30 * DAY_MS);
    const admin = await adminAt(clinic, Date.parse(undoableUntil) + ms);
    const path = `${clinic.path}/patient_merges/${id}/undo`;
    const [dry, done] = [await admin.post(`${path}?dryRun=true`), await admin.post(path)];
    expect([dry.status, done.status], done.text).toEqual([status, status]);
  });

  test("and one more, values are erased by the cron; what came from where stays, and the old id leads on", async () => {
    const { clinic, a, b } = await givenTwo();
    const done = (await merge(clinic, b.id, a.id, { take: ["fullName"] })).body;
    const stored = async () =>
      (
        await rows<{ text: string }>(
          "SELECT concat(plan, before, after) AS text FROM patient_merges WHERE id = ?",
          done.id,
        )
      )[0]!.text;
    const work = (now: number) => ({ db: new Db(env.DB), now }) as Parameters<(typeof sweeps)[0]["run"]>[0];
    const merged = Date.parse(done.mergedTime);
    await sweeps[0]!.run(work(merged + 31 * DAY_MS - 1));
    expect(await stored()).toMatch(/Rosa Diaz/);
    await sweeps[0]!.run(work(merged + 31 * DAY_MS));
    expect(await stored()).not.toMatch(/Rosa|rosa|1987|A-17/);
    const shown = (await clinic.admin.get(`${clinic.path}/patient_merges/${done.id}`)).body;
    expect(shown.fields).toEqual(done.fields.map(({ field, from }: any) => ({ field, from })));
    expect(shown.patient).toEqual((await clinic.admin.get(`${clinic.path}/patients/${b.id}`)).body);
    const old = await clinic.admin.get(`${clinic.path}/patients/${a.id}`);
    expect(old.body.replacedBy).toBe(b.id);
    const [listed] = (await clinic.member.get(`${clinic.path}/patients/${a.id}/merges`)).body;
    expect(listed.fields).toEqual(shown.fields);
  });
});
