import { beforeEach, describe, expect, test } from "vitest";
import { ALL } from "../../../../test/events/receiver.ts";
import { everythingStored, type GivenClinic, givenClinic, send, statuses } from "../../../../test/harness.ts";
import { countRows, UNKNOWN_ID } from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";

const URL = "https://receiver.example/events";
let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const create = (body: unknown = { url: URL, events: ALL }, caller = clinic.service) =>
  caller.post(`${clinic.path}/event_subscriptions`, body);
const stored = () => countRows("event_subscriptions WHERE clinic_id = ?", clinic.clinicId);

describe("CreateEventSubscription", () => {
  test("200 shows the secret, which is nowhere stored, in one round trip", async () => {
    const answer = await create();
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    expect(answer.body).toMatchObject({
      clinicId: clinic.clinicId,
      url: URL,
      events: ALL,
      active: true,
      secretVersion: 1,
    });
    expect(answer.body.secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(await everythingStored()).not.toContain(answer.body.secret.slice("whsec_".length));
    const shown = (await clinic.admin.get(`${clinic.path}/event_subscriptions/${answer.body.id}`)).body;
    expect({ ...shown, secret: answer.body.secret }).toEqual(answer.body);
  });

  test("200 to a repeat with the same secret; other secrets are others", async () => {
    const headers = { "idempotency-key": "again" };
    const [first, again] = [
      await send("POST", `${clinic.path}/event_subscriptions`, {
        token: clinic.service.token,
        body: { url: URL, events: ALL },
        headers,
      }),
      await send("POST", `${clinic.path}/event_subscriptions`, {
        token: clinic.service.token,
        body: { url: URL, events: ALL },
        headers,
      }),
    ];
    expect([again.text, again.headers.get("idempotent-replayed")]).toEqual([first.text, "true"]);
    expect(await everythingStored()).not.toContain(first.body.secret.slice("whsec_".length));
    const other = await create({ url: `${URL}/2`, events: ALL });
    expect(other.body.secret).not.toBe(first.body.secret);
  });

  test.each([
    "http://receiver.example/events",
    "ftp://receiver.example/",
    "receiver.example/events",
    "https://user:secret@receiver.example/",
    "https://receiver.example/#part",
    "https://localhost/",
    "https://receiver/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://10.0.0.7/",
    "https://169.254.169.254/latest/meta-data",
    "https://8.8.8.8/",
    "https://[::1]/",
    "https://[fd00::1]/",
    "https://[::ffff:10.0.0.7]/",
    "https://db.internal/",
    "https://printer.local/",
    "https://app.localhost./",
    "https://router.home.arpa/",
  ])("400 names the url %s and stores nothing", async (url) => {
    const answer = await create({ url, events: ALL });
    expect([answer.status, await stored()]).toEqual([400, 0]);
    expect(answer.body.message).toMatch(/url/);
  });

  test("400 names a url with what a parser leaves out or replaces", async () => {
    for (const url of [` ${URL}`, `${URL}\n`, "https://receiver.example/ev\tents", `${URL}\0`, `${URL}\ud800`]) {
      const answer = await create({ url, events: ALL });
      expect([answer.status, answer.body.message, await stored()]).toEqual([400, expect.stringMatching(/url/), 0]);
    }
  });

  test("200 for http and a local address on a developer's machine alone", async () => {
    const through = servedIn({ ENVIRONMENT: "local" });
    const post = (url: string) =>
      send("POST", `${clinic.path}/event_subscriptions`, {
        token: clinic.service.token,
        body: { url, events: ALL },
        through,
      });
    expect((await post("http://localhost:8787/sandbox/events")).status).toBe(200);
    expect((await post("http://me:secret@localhost/")).status).toBe(400);
  });

  test.each([
    { events: [] },
    { events: ["patient.seen"] },
    { events: ["patient.created", "patient.created"] },
    { url: `https://a.example/${"x".repeat(500)}` },
  ])("400 on %j", async (part) => {
    expect((await create({ url: URL, events: ALL, ...part })).status).toBe(400);
    expect(await stored()).toBe(0);
  });

  test("403 for people, before 400", async () => {
    expect((await create({}, clinic.admin)).status).toBe(403);
  });

  test("404 without the clinic, 409 for the same url", async () => {
    const body = { url: URL, events: ALL };
    expect((await clinic.service.post(`/v1/clinics/${UNKNOWN_ID}/event_subscriptions`, body)).status).toBe(404);
    await create();
    expect((await create()).status).toBe(409);
    expect(await stored()).toBe(1);
  });

  test.each([
    ["https://Receiver.EXAMPLE/events", URL],
    ["HTTPS://receiver.example:443/events", URL],
    ["https://receiver.example./events", URL],
    ["https://receiver.example/%65vents", URL],
    ["https://receiver.example/a/../events", URL],
    ["https://receiver.example/%2e/events", URL],
    ["https:receiver.example\\events", URL],
    ["https://receiver.example", "https://receiver.example/"],
    ["https://receiver.example/a%2fb?%7e=%c3%bc", "https://receiver.example/a%2Fb?~=%C3%BC"],
    ["https://receiver.example/ü", "https://receiver.example/%C3%BC"],
    ["https://bücher.example/", "https://xn--bcher-kva.example/"],
  ])("409 for another spelling of a url: %s is %s, which is kept", async (spelled, normal) => {
    const made = await create({ url: spelled, events: ALL });
    expect([made.status, made.body.url]).toEqual([200, normal]);
    const path = `${clinic.path}/event_subscriptions`;
    expect((await clinic.admin.get(`${path}/${made.body.id}`)).body.url).toBe(normal);
    for (const url of [normal, spelled]) expect((await create({ url, events: ALL })).status).toBe(409);
    const other = (await create({ url: `${URL}/other`, events: ALL })).body;
    const update = (url: string) => clinic.service.put(`${path}/${other.id}`, { url, events: ALL, active: true });
    expect([(await update(spelled)).status, await stored()]).toEqual([409, 2]);
    expect((await update("https://RECEIVER.example/%6fther")).status).toBe(204);
    expect((await clinic.admin.get(`${path}/${other.id}`)).body.url).toBe("https://receiver.example/other");
  });

  test("200 for two urls that only look alike", async () => {
    const urls = [URL, `${URL}/`, `${URL}?`, `${URL}?a`, `${URL}%2F`, "https://receiver.example/Events"];
    for (const url of urls) expect([url, (await create({ url, events: ALL })).status]).toEqual([url, 200]);
    expect(await stored()).toBe(urls.length);
  });

  test("400 for a url that is too long once it is encoded", async () => {
    const answer = await create({ url: `${URL}/${"ü".repeat(100)}`, events: ALL });
    expect([answer.status, answer.body.message, await stored()]).toEqual([400, expect.stringMatching(/url: .*500/), 0]);
  });

  test("422 where the deployment has no key", async () => {
    const through = servedIn({ EVENT_KEYS: "" });
    const body = { url: URL, events: ALL };
    const answer = await send("POST", `${clinic.path}/event_subscriptions`, {
      token: clinic.service.token,
      body,
      through,
    });
    expect([answer.status, await stored()]).toEqual([422, 0]);
  });

  test("of eight racers one gets the last free place, the rest get 422", async () => {
    const nth = (i: number) => create({ url: `${URL}/${i}`, events: ALL });
    for (let i = 0; i < 9; i++) expect((await nth(i)).status).toBe(200);
    const racers = await Promise.all(Array.from({ length: 8 }, (_, i) => nth(100 + i)));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(422)]);
    expect(await stored()).toBe(10);
  });
});
