import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  countRows,
  everythingStored,
  type GivenClinic,
  givenClinic,
  newUserId,
  person,
  rows,
  send,
  statuses,
  tokenFor,
} from "../harness.ts";
import worker from "../../src/entry/worker.ts";
import { insertReplay } from "../../src/platform/request/replays-store.ts";

const START = Date.parse("2026-03-01T09:00:00Z");
let clinic: GivenClinic;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
  clinic = await givenClinic();
});
afterEach(() => {
  vi.useRealTimers();
});
const later = (ms: number) => vi.setSystemTime(START + ms);
const newKey = () => ({ "idempotency-key": newUserId() });
const isReplay = (answer: { headers: Headers }) => answer.headers.get("idempotent-replayed") === "true";
/** As the clinic's admin, with a token of the moment. */
const asAdmin = async (method: string, path: string, body: unknown, headers: Record<string, string>) =>
  send(method, path, { token: await tokenFor({ sub: clinic.admin.id }), body, headers });
const createSite = (name: string, headers: Record<string, string>) =>
  asAdmin("POST", `${clinic.path}/sites`, { name }, headers);
const sites = () => countRows("clinic_sites WHERE clinic_id = ?", clinic.clinicId);

describe("a request with an Idempotency-Key", () => {
  test("gets its first answer for 24 hours, and is a new request after", async () => {
    const key = newKey();
    const first = await createSite("East", key);
    expect([first.status, isReplay(first)]).toEqual([200, false]);
    for (const ms of [0, 60_000, 24 * 3_600_000 - 1]) {
      later(ms);
      const again = await createSite("East", key);
      expect([again.status, again.text, isReplay(again)]).toEqual([200, first.text, true]);
      expect(again.headers.get("content-type")).toMatch(/^application\/json/);
    }
    later(24 * 3_600_000);
    expect((await createSite("East", key)).status).toBe(409);
    expect(await sites()).toBe(1);
  });

  test("422 when the key was used for another body or another path, and nothing is stored", async () => {
    const key = newKey();
    await createSite("East", key);
    const before = await everythingStored();
    const body = await createSite("West", key);
    expect([body.status, body.body.message]).toEqual([
      422,
      "constraint violation: the Idempotency-Key was used for another request",
    ]);
    const other = await givenClinic();
    const between = await everythingStored();
    const { token } = other.service;
    await send("POST", `${other.path}/sites`, { token, body: { name: "North" }, headers: key });
    const elsewhere = await send("POST", `${clinic.path}/sites`, { token, body: { name: "North" }, headers: key });
    expect(elsewhere.status).toBe(422);
    expect(before).not.toBe(between);
    expect(await sites()).toBe(1);
  });

  test("a key is one caller's and one operation's", async () => {
    const key = newKey();
    await createSite("East", key);
    const byService = await clinic.service.post(`${clinic.path}/sites`, { name: "West" }, key);
    expect([byService.status, isReplay(byService)]).toEqual([200, false]);
    const asTag = await asAdmin("POST", `${clinic.path}/patient_tags`, { name: "East" }, key);
    expect([asTag.status, isReplay(asTag)]).toEqual([200, false]);
  });

  test("a refusal is not kept: the request may succeed later", async () => {
    const key = newKey();
    const east = await createSite("East", {});
    expect((await createSite("East", key)).status).toBe(409);
    expect((await asAdmin("DELETE", `${clinic.path}/sites/${east.body.id}`, undefined, {})).status).toBe(204);
    const again = await createSite("East", key);
    expect([again.status, isReplay(again)]).toEqual([200, false]);
  });

  test("204 again without a body, though the thing is gone", async () => {
    const key = newKey();
    const { body: site } = await createSite("East", {});
    const remove = () => asAdmin("DELETE", `${clinic.path}/sites/${site.id}`, undefined, key);
    expect((await remove()).status).toBe(204);
    const again = await remove();
    expect([again.status, again.text, isReplay(again)]).toEqual([204, "", true]);
  });

  test("somebody who may no longer is refused, not answered", async () => {
    const key = newKey();
    const [member] = [clinic.member];
    const path = `${clinic.path}/patient_tags`;
    expect((await member.post(path, { name: "East" }, key)).status).toBe(200);
    await clinic.service.delete(`${clinic.path}/clinicians/${member.id}`);
    expect((await member.post(path, { name: "East" }, key)).status).toBe(403);
  });

  test("of eight at once one is carried out and all get its answer", async () => {
    const key = newKey();
    const racers = await Promise.all(Array.from({ length: 8 }, () => createSite("East", key)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(new Set(racers.map((racer) => racer.text)).size).toBe(1);
    expect(racers.filter(isReplay)).toHaveLength(7);
    expect(await sites()).toBe(1);
  });

  test("400 when the key is empty or longer than 255 characters", async () => {
    for (const key of ["", "k".repeat(256)]) {
      const answer = await createSite("East", { "idempotency-key": key });
      expect([answer.status, answer.body.message]).toEqual([400, expect.stringMatching(/"Idempotency-Key" in header/)]);
    }
    expect((await createSite("East", { "idempotency-key": "k".repeat(255) })).status).toBe(200);
  });

  test("a read ignores it", async () => {
    const key = newKey();
    const { token } = clinic.service;
    for (let i = 0; i < 2; i++) {
      expect(isReplay(await send("GET", clinic.path, { token, headers: key }))).toBe(false);
    }
  });
});

describe("a blind repeat of CreateClinic", () => {
  const body = { name: "Blind", preferredBgUnits: "mg/dL" };
  const create = async (sub: string, fields = {}) =>
    send("POST", "/v1/clinics", {
      token: await tokenFor({ sub, email: `${sub}@b.test` }),
      body: { ...body, ...fields },
    });

  test("gets the first answer within 30 seconds, and another clinic after", async () => {
    const { id } = await person();
    const first = await create(id);
    later(29_999);
    const again = await create(id);
    expect([again.status, again.text, isReplay(again)]).toEqual([200, first.text, true]);
    later(30_000);
    const third = await create(id);
    expect(isReplay(third)).toBe(false);
    expect(third.body.id).not.toBe(first.body.id);
  });

  test("is a new request from another person or with another body", async () => {
    const [one, two] = [await person(), await person()];
    await create(one.id);
    expect(isReplay(await create(two.id))).toBe(false);
    expect(isReplay(await create(one.id, { name: "Other" }))).toBe(false);
  });

  test("of eight at once one makes a clinic", async () => {
    const { id } = await person();
    const racers = await Promise.all(Array.from({ length: 8 }, () => create(id)));
    expect(new Set(racers.map((racer) => racer.body.id)).size).toBe(1);
    expect(await countRows("clinicians WHERE user_id = ?", id)).toBe(1);
  });
});

const sweep = (ms: number) =>
  worker.scheduled(createScheduledController({ scheduledTime: new Date(START + ms), cron: "*/5 * * * *" }), env);

describe("the sweep", () => {
  test("drops answers nobody may ask for any more and keeps the others", async () => {
    await rows("DELETE FROM replays RETURNING id");
    await createSite("East", newKey());
    later(1000);
    const kept = newKey();
    await createSite("West", kept);
    await sweep(24 * 3_600_000 - 1);
    expect(await countRows("replays")).toBe(2);
    await sweep(24 * 3_600_000);
    expect(await countRows("replays")).toBe(1);
    expect(isReplay(await createSite("West", kept))).toBe(true);
  });

  test("drops a bounded number at a time", async () => {
    await rows("DELETE FROM replays RETURNING id");
    await rows(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
       INSERT INTO replays (id, fingerprint, status, body, created_at, expires_at) SELECT 'old' || i, '', 200, NULL, 0, 1 FROM n RETURNING id`,
    );
    await sweep(0);
    expect(await countRows("replays")).toBe(500);
  });
});

test("an answer larger than a value of the database is not kept, so that the change does not fail for it", () => {
  const key = { id: "key", fingerprint: "request", expiresAt: START, isBlind: false };
  expect(insertReplay(key, 200, "ж".repeat(900_000), START)).toHaveLength(1);
  expect(insertReplay(key, 200, "ж".repeat(1_000_000), START)).toEqual([]);
});
