import { Webhook } from "standardwebhooks";
import { beforeEach, expect, test } from "vitest";
import type { Event, KeptEvent } from "../../sandbox/src/events/store.ts";
import sandbox from "../../sandbox/src/worker.ts";

const SECRET = `whsec_${btoa("x".repeat(32))}`;
const ID = "65f0c1d2e3a4b5c6d7e8f9b1";
const BODY = JSON.stringify({
  type: "patient.created",
  timestamp: "2026-03-01T09:00:00.000Z",
  data: { patientId: "<b>" },
});
const secrets = new Map<string, string>();
const kept = new Map<string, KeptEvent>();
beforeEach(() => {
  secrets.clear();
  kept.clear();
});
const EVENTS = {
  getByName: () => ({
    keepSecret: async (name: string, secret: string) => void secrets.set(name, secret),
    secretOf: async (name: string) => secrets.get(name),
    keep: async (it: Event) => void kept.set(it.id, { ...it, at: 0, times: (kept.get(it.id)?.times ?? 0) + 1 }),
    list: async () => [...kept.values()],
  }),
};
const ask = async (path: string, init?: RequestInit) => {
  const response = await sandbox.request(new URL(`/sandbox/events${path}`, "http://localhost"), init, { EVENTS });
  return { status: response.status, text: await response.text() };
};
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  ask(path, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
const send = (body = BODY, secret = SECRET) => {
  const at = new Date();
  return post("/receive/harbor", body, {
    "webhook-id": ID,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(ID, at, body),
  });
};

test("keeps an event with a good signature, once however often it comes, and shows it as text", async () => {
  expect((await post("/secrets", JSON.stringify({ name: "harbor", secret: SECRET }))).status).toBe(204);
  expect([(await send()).status, (await send()).status, kept.size]).toEqual([204, 204, 1]);
  const { text } = await ask("");
  expect(text).toContain("patient.created");
  expect(text).toContain("came 2 times");
  expect(text).not.toContain("<b>");
});

test("takes nothing with another signature, without one, or that nobody has subscribed to", async () => {
  expect((await send()).status).toBe(404);
  await post("/secrets", JSON.stringify({ name: "harbor", secret: SECRET }));
  expect((await send(BODY, `whsec_${btoa("y".repeat(32))}`)).status).toBe(401);
  expect((await post("/receive/harbor", BODY)).status).toBe(401);
  expect((await send('{"type":1}')).status).toBe(400);
  expect(kept.size).toBe(0);
});

test("takes no secret from a form of another page", async () => {
  const body = JSON.stringify({ name: "harbor", secret: SECRET });
  expect((await post("/secrets", body, { "content-type": "text/plain" })).status).toBe(415);
  expect((await post("/secrets", "{}")).status).toBe(400);
  expect(secrets.size).toBe(0);
});
