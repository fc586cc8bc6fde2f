import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type GivenClinic, givenClinic, givenPatient, rows } from "../harness.ts";
import { deliverEvents, forgetWaiting, givenSubscription, receiver, sweepEvents, waitingFor } from "./receiver.ts";

const DAY_MS = 24 * 3_600_000;
let clinic: GivenClinic;
beforeEach(async () => {
  await forgetWaiting();
  clinic = await givenClinic();
});
afterEach(() => vi.restoreAllMocks());

const entry = async (id: string): Promise<any> => (await rows("SELECT * FROM outbox WHERE id = ?", id))[0];
const subscriptionRow = async (id: string): Promise<any> =>
  (await rows("SELECT * FROM event_subscriptions WHERE id = ?", id))[0];
const verified = (secret: string, { body, headers }: { body: string; headers: Record<string, string> }) =>
  new Webhook(secret).verify(body, headers) as any;
/** An event of a patient, taken to the outbox. */
async function givenEvent() {
  const subscription = await givenSubscription(clinic);
  const patient = await givenPatient(clinic);
  const [id] = await sweepEvents();
  return { subscription, patient, id: id! };
}

describe("an event", () => {
  test("is one signed request with ids alone, which the library of the scheme verifies", async () => {
    const { subscription, patient, id } = await givenEvent();
    const there = receiver();
    expect(await deliverEvents([id])).toEqual({ acked: 1, retriedAfter: [] });
    const [it] = there.received;
    expect([there.received.length, it!.url, it!.init.method, it!.init.redirect]).toEqual([
      1,
      subscription.url,
      "POST",
      "manual",
    ]);
    expect(verified(subscription.secret, it!)).toEqual({
      type: "patient.created",
      timestamp: expect.stringMatching(/^20.*Z$/),
      data: { clinicId: clinic.clinicId, patientId: patient.id },
    });
    expect(() => verified(subscription.secret, { ...it!, body: it!.body.replace("created", "removed") })).toThrow();
    expect(it!.headers["webhook-id"]).toBe(id);
    expect(await entry(id)).toBeUndefined();
    expect(
      (await clinic.service.get(`${clinic.path}/event_subscriptions/${subscription.id}`)).body.deliveredTime,
    ).toMatch(/Z$/);
  });

  test("is one, however often the patient changes before it is sent, and another after", async () => {
    const subscription = await givenSubscription(clinic, ["patient.changed"]);
    const patient = await givenPatient(clinic);
    await forgetWaiting();
    const change = (fullName: string) =>
      clinic.member.put(`${clinic.path}/patients/${patient.id}`, { fullName, birthDate: "1990-01-01" });
    await change("Ada One");
    await change("Ada Two");
    expect(await waitingFor(subscription.id)).toEqual([`patient.changed ${patient.id}`]);
    const first = await sweepEvents();
    await change("Ada Three");
    const second = await sweepEvents();
    expect([first.length, second.length, first[0] === second[0]]).toEqual([1, 1, false]);
  });

  test("is sent again with the same id, later each time, and given up after days", async () => {
    const { subscription, id } = await givenEvent();
    const there = receiver(() => new Response("no", { status: 500 }));
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 14; attempt++) {
      await env.DB.prepare("UPDATE outbox SET next_attempt_at = 0 WHERE id = ?").bind(id).run();
      pauses.push(...((await deliverEvents([id])).retriedAfter as number[]));
    }
    expect(pauses).toHaveLength(13);
    expect(pauses.reduce((sum, it) => sum + it, 0)).toBeGreaterThan(1.9 * 24 * 3600);
    expect(new Set(there.received.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([id]));
    expect(await entry(id)).toMatchObject({ state: "failed", reason: "event_500" });
    expect(await rows("SELECT body FROM dead_letters WHERE body LIKE ?", `%${id}%`)).toHaveLength(1);
    expect(await subscriptionRow(subscription.id)).toMatchObject({ failure: "event_500", is_active: 1 });
    expect((await clinic.service.post(`/v1/outbox/${id}/requeue`)).status).toBe(204);
    there.close();
    const healed = receiver();
    await deliverEvents([id]);
    expect(healed.received.map(({ headers }) => headers["webhook-id"])).toEqual([id]);
    expect(await subscriptionRow(subscription.id)).toMatchObject({
      failure: null,
      failing_since: null,
      retry_at: null,
    });
  });

  test.each([
    ["a redirect is not followed", () => Response.redirect("https://elsewhere.example/", 307), "event_307"],
    ["a refusal is no end", () => new Response(null, { status: 404 }), "event_404"],
    [
      "nobody answers",
      () => {
        throw new Error("connection refused");
      },
      "event_unreachable",
    ],
    [
      "the time is up",
      () => {
        throw new DOMException("", "TimeoutError");
      },
      "event_timeout",
    ],
  ])("is tried again: %s", async (_, answer, reason) => {
    const { id } = await givenEvent();
    const there = receiver(answer);
    expect((await deliverEvents([id])).retriedAfter).toHaveLength(1);
    expect([there.received.length, (await entry(id)).reason]).toEqual([1, reason]);
  });

  test("waits as long as Retry-After asks", async () => {
    const { id } = await givenEvent();
    receiver(() => new Response(null, { status: 429, headers: { "retry-after": "4000" } }));
    expect((await deliverEvents([id])).retriedAfter).toEqual([4000]);
  });

  test("has a time limit, and of the answer nothing is read", async () => {
    const { id } = await givenEvent();
    const pulled: number[] = [];
    const endless = new ReadableStream({
      pull(controller) {
        pulled.push(1);
        controller.enqueue(new Uint8Array(1024));
      },
    });
    const there = receiver(() => new Response(endless));
    await deliverEvents([id]);
    expect(there.received[0]!.init.signal).toBeInstanceOf(AbortSignal);
    expect(pulled.length).toBeLessThan(3);
    expect(await entry(id)).toBeUndefined();
  });
});

/** The body of an answer whose connection is closed before it ends. */
const brokenOff = () => new ReadableStream({ start: (controller) => controller.error(new Error("connection closed")) });
/** One that never ends, at the other end of which nobody notices that it is not wanted any more. */
const neverEnding = () => new ReadableStream({ cancel: () => new Promise(() => {}) });

describe("an answer that does not end well", () => {
  test.each([
    ["breaks off", brokenOff],
    ["never ends", neverEnding],
  ])("is a success when its body %s", async (_, body) => {
    const { subscription, id } = await givenEvent();
    const there = receiver(() => new Response(body(), { status: 200 }));
    expect(await deliverEvents([id])).toEqual({ acked: 1, retriedAfter: [] });
    expect([there.received.length, await entry(id)]).toEqual([1, undefined]);
    expect((await subscriptionRow(subscription.id)).delivered_at).not.toBeNull();
  });

  test.each([
    ["breaks off", brokenOff],
    ["never ends", neverEnding],
  ])("is the refusal it is when its body %s", async (_, body) => {
    const { subscription, id } = await givenEvent();
    receiver(() => new Response(body(), { status: 503 }));
    expect((await deliverEvents([id])).retriedAfter).toHaveLength(1);
    expect([(await entry(id)).reason, (await subscriptionRow(subscription.id)).failure]).toEqual([
      "event_503",
      "event_503",
    ]);
  });
});

describe("a subscription", () => {
  test("that answers 410 is no longer active, and nothing waits for it", async () => {
    const { subscription, id } = await givenEvent();
    await givenPatient(clinic);
    receiver(() => new Response(null, { status: 410 }));
    await deliverEvents([id]);
    const { body } = await clinic.admin.get(`${clinic.path}/event_subscriptions/${subscription.id}`);
    expect(body).toMatchObject({ active: false, inactiveReason: "gone", failure: "event_410" });
    await givenPatient(clinic);
    expect(await waitingFor(subscription.id)).toEqual([]);
  });

  test("whose address was changed meanwhile is not ended by the one before", async () => {
    const { subscription, id } = await givenEvent();
    const path = `${clinic.path}/event_subscriptions/${subscription.id}`;
    const url = `${subscription.url}/moved`;
    receiver(async () => {
      await clinic.service.put(path, { url, events: ["patient.created"], active: true });
      return new Response(null, { status: 410 });
    });
    expect((await deliverEvents([id])).retriedAfter).toHaveLength(1);
    const { body } = await clinic.admin.get(path);
    expect([body.url, body.active, body.failure, body.failingSince]).toEqual([url, true, undefined, undefined]);
  });

  test("that fails for three days is no longer active; what was on its way is dropped", async () => {
    const { subscription, id } = await givenEvent();
    const there = receiver(() => new Response(null, { status: 503 }));
    await deliverEvents([id]);
    await env.DB.prepare("UPDATE event_subscriptions SET failing_since = failing_since - ?")
      .bind(3 * DAY_MS)
      .run();
    await env.DB.prepare("UPDATE outbox SET next_attempt_at = 0 WHERE id = ?").bind(id).run();
    await deliverEvents([id]);
    const { body } = await clinic.service.get(`${clinic.path}/event_subscriptions/${subscription.id}`);
    expect(body).toMatchObject({ active: false, inactiveReason: "failing" });
    await env.DB.prepare("UPDATE outbox SET next_attempt_at = 0 WHERE id = ?").bind(id).run();
    await deliverEvents([id]);
    expect([there.received.length, await entry(id)]).toEqual([2, undefined]);
    const path = `${clinic.path}/event_subscriptions/${subscription.id}`;
    expect(
      (await clinic.service.put(path, { url: subscription.url, events: ["patient.created"], active: true })).status,
    ).toBe(204);
    const revived = (await clinic.service.get(path)).body;
    expect([revived.active, revived.inactiveReason, revived.failure, revived.failingSince]).toEqual([
      true,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("that fails is sent one event from time to time, and all when it is back", async () => {
    const { subscription, id } = await givenEvent();
    const there = receiver(() => new Response(null, { status: 500 }));
    await deliverEvents([id]);
    for (let i = 0; i < 3; i++) await givenPatient(clinic);
    expect(await sweepEvents()).toEqual([]);
    const later = Date.now() + 61_000;
    const [probe, ...others] = await sweepEvents(later);
    expect([others, await sweepEvents(later)]).toEqual([[], []]);
    there.close();
    receiver();
    await env.DB.prepare("UPDATE outbox SET next_attempt_at = 0 WHERE id = ?").bind(probe).run();
    await deliverEvents([probe!]);
    expect(await sweepEvents()).toHaveLength(2);
    expect(await waitingFor(subscription.id)).toEqual([]);
  });

  test.each([241_001, 3_600_002, 14_399_999])(
    "that has failed for %i ms is sent one event, and holds up no other subscription",
    async (failingFor) => {
      const failing = await givenSubscription(clinic);
      const healthy = await givenSubscription(clinic);
      await givenPatient(clinic);
      const now = Date.now();
      await env.DB.prepare("UPDATE event_subscriptions SET failing_since = ?, retry_at = 0 WHERE id = ?")
        .bind(now - failingFor, failing.id)
        .run();
      const ids = await sweepEvents(now);
      const of = await rows<{ it: string }>(
        "SELECT variables ->> 'subscriptionId' AS it FROM outbox WHERE id IN (SELECT value FROM json_each(?))",
        JSON.stringify(ids),
      );
      expect(new Set(of.map(({ it }) => it))).toEqual(new Set([failing.id, healthy.id]));
      const retryIn = async () => (await subscriptionRow(failing.id)).retry_at - now;
      expect(await retryIn()).toBe(Math.floor(failingFor / 4));
      receiver(({ url }) => new Response(null, { status: url === failing.url ? 500 : 204 }));
      const delivered = await deliverEvents(ids);
      expect([delivered.acked, delivered.retriedAfter.length]).toEqual([1, 1]);
      expect((await subscriptionRow(failing.id)).failure).toBe("event_500");
      expect(Math.abs((await retryIn()) - failingFor / 4)).toBeLessThan(10_000);
    },
  );

  test("that asks to wait is sent nothing until then, no other event either", async () => {
    const { subscription, id } = await givenEvent();
    receiver(() => new Response(null, { status: 429, headers: { "retry-after": "4000" } }));
    const before = Date.now();
    await deliverEvents([id]);
    // Another one that was under way is not taken, without a word of when to come again.
    receiver(() => new Response(null, { status: 500 }));
    await env.DB.prepare("UPDATE outbox SET next_attempt_at = 0 WHERE id = ?").bind(id).run();
    await deliverEvents([id]);
    await givenPatient(clinic);
    expect(await sweepEvents(before + 3_990_000)).toEqual([]);
    const [probe, ...others] = await sweepEvents(before + 4_010_000);
    expect([typeof probe, others]).toEqual(["string", []]);
    // It asks for less than the time between two probes.
    receiver(() => new Response(null, { status: 429, headers: { "retry-after": "1" } }));
    await env.DB.prepare("UPDATE outbox SET next_attempt_at = 0 WHERE id = ?").bind(probe).run();
    await env.DB.prepare("UPDATE event_subscriptions SET retry_at = 0 WHERE id = ?").bind(subscription.id).run();
    await deliverEvents([probe!]);
    await givenPatient(clinic);
    const again = Date.now();
    expect(await sweepEvents(again + 59_000)).toEqual([]);
    expect(await sweepEvents(again + 61_000)).toHaveLength(1);
    expect((await subscriptionRow(subscription.id)).is_active).toBe(1);
  });

  test("takes its events in bounded numbers, and none twice", async () => {
    const subscription = await givenSubscription(clinic);
    await env.DB.prepare(
      `INSERT INTO waiting_events WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 230)
       SELECT ?, 'patient.changed', printf('%010d', i), '', 0 FROM n`,
    )
      .bind(subscription.id)
      .run();
    const runs = [await sweepEvents(), await sweepEvents(), await sweepEvents(), await sweepEvents()];
    expect(runs.map((it) => it.length)).toEqual([100, 100, 30, 0]);
    const ids = runs.flat();
    const patients = await rows<{ it: string }>(
      "SELECT DISTINCT variables ->> 'patientId' AS it FROM outbox WHERE id IN (SELECT value FROM json_each(?))",
      JSON.stringify(ids),
    );
    expect(patients).toHaveLength(230);
  });

  test("is told within a minute, however many others fail", async () => {
    const subscription = await givenSubscription(clinic);
    await givenPatient(clinic);
    const failing = "0dead%";
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO event_subscriptions (id, clinic_id, url, events, is_active, secret_version, secret_key_id, failing_since, retry_at, created_at, updated_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
         SELECT printf('0dead%019d', i), ?, 'https://dead.example/' || i, 2, 1, 1, '', 1, ?, 0, 0 FROM n`,
      ).bind(clinic.clinicId, Date.now() + DAY_MS),
      env.DB.prepare(
        "INSERT INTO waiting_events SELECT id, 'patient.changed', 'p', '', 0 FROM event_subscriptions WHERE id LIKE ?",
      ).bind(failing),
    ]);
    const told = await sweepEvents();
    await env.DB.prepare("DELETE FROM event_subscriptions WHERE id LIKE ?").bind(failing).run();
    expect([told.length, await waitingFor(subscription.id)]).toEqual([1, []]);
  });

  test("has both secrets for a day after a change", async () => {
    const { subscription, id } = await givenEvent();
    const path = `${clinic.path}/event_subscriptions/${subscription.id}`;
    const changed = await clinic.service.post(`${path}/secret`);
    expect([changed.status, changed.body.secretVersion, changed.body.secret === subscription.secret]).toEqual([
      200,
      2,
      false,
    ]);
    const there = receiver();
    await deliverEvents([id]);
    for (const secret of [subscription.secret, changed.body.secret]) {
      expect(verified(secret, there.received[0]!)).toMatchObject({ type: "patient.created" });
    }
    await env.DB.prepare("UPDATE event_subscriptions SET previous_until = ? WHERE id = ?")
      .bind(Date.now(), subscription.id)
      .run();
    await givenPatient(clinic);
    await deliverEvents(await sweepEvents());
    expect(() => verified(subscription.secret, there.received[1]!)).toThrow();
    expect(verified(changed.body.secret, there.received[1]!)).toMatchObject({ type: "patient.created" });
  });
});
