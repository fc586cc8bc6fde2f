import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  act,
  askToken,
  basic,
  CHART,
  HOSPITAL,
  json,
  readOrder,
  right,
  served,
  service,
  setFailures,
  stored,
  token,
} from "./xealth-served.ts";

beforeEach(async () => {
  service.answers(() => new Response(null));
  await setFailures([]);
});
afterEach(() => vi.useRealTimers());

const later = (ms: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
const placed = async (more: object = {}) => (await act("/orders", { chart: CHART, ...more })).orderId;

interface Call {
  readonly id: number;
  readonly target: string;
  readonly path: string;
  readonly status: number;
}
const calls = async (query = "") => json<Call[]>(await served(`/calls.json${query}`));

describe("the token endpoint", () => {
  test("200 gives a token that reads orders, not to be stored", async () => {
    const answer = await askToken();
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(json(answer)).toEqual({ access_token: expect.any(String), token_type: "Bearer", expires_in: 300 });
    const { access_token } = json<{ access_token: string }>(answer);
    expect((await readOrder(HOSPITAL.deployment, await placed(), access_token)).status).toBe(200);
  });

  test.each<[string, Record<string, string>]>([
    ["another secret", basic("client", "wrong")],
    ["another id", basic("nobody", "s3cret")],
    ["another scheme", { authorization: "Bearer x" }],
    ["none", {}],
  ])("401 for credentials that are %s", async (_, headers) => {
    const answer = await askToken("grant_type=client_credentials", headers);
    expect([answer.status, json(answer)]).toEqual([401, { error: "invalid_client" }]);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Basic /);
  });

  test.each([
    ["", "invalid_request"],
    ["grant_type=password", "unsupported_grant_type"],
  ])("400 for %j: %s", async (body, error) => {
    const answer = await askToken(body);
    expect([answer.status, json(answer)]).toEqual([400, { error }]);
  });

  test("400 for anything but a form", async () => {
    expect((await askToken('{"grant_type":"client_credentials"}', right, "application/json")).status).toBe(400);
  });
});

describe("reading an order", () => {
  test("200 gives the order with the patient, and the id of the form's data", async () => {
    const orderId = await placed({ dataTrackingId: "t-1" });
    const order = json(await readOrder(HOSPITAL.deployment, orderId, await token()));
    expect(order).toEqual({
      patientIdentity: { ids: [{ id: "M-1", type: "MRN", origin: "epic" }], historicalIds: [] },
      orderInfo: {
        deployment: "hospital-1",
        orderId,
        orderSource: "clinician",
        orderState: "new",
        partnerId: expect.any(String),
        programId: "P-1",
        orderCreationDateTime: expect.stringMatching(/Z$/),
        orderUpdateDateTime: expect.stringMatching(/Z$/),
      },
      preorder: { dataTrackingId: "t-1" },
      datasets: {
        demographicsV1: {
          name: { given: ["Eve"], family: ["O’Hara"] },
          birthDate: "1980-01-02",
          telecom: [{ system: "email", use: "home", value: "eve@s.example" }],
        },
        ehrUserV1: { userId: "dr.one", systemLogin: "dr.one" },
      },
    });
  });

  test("200 without a preorder where there was no form, and without what the chart lacks", async () => {
    const { orderId } = await act("/orders", { chart: { lastName: "Only" } });
    const order = json<object>(await readOrder(HOSPITAL.deployment, orderId, await token()));
    expect(order).not.toHaveProperty("preorder");
    expect(order).toMatchObject({ patientIdentity: { ids: [] } });
    expect(order).toHaveProperty("datasets", {
      demographicsV1: { name: { given: [], family: ["Only"] }, telecom: [] },
    });
  });

  test("404 for an unknown order, and for one of another deployment", async () => {
    const bearer = await token();
    expect((await readOrder(HOSPITAL.deployment, "order-00000000", bearer)).status).toBe(404);
    expect((await readOrder("elsewhere", await placed(), bearer)).status).toBe(404);
  });

  test("401 without a token that was given, and once it has run out", async () => {
    const orderId = await placed();
    const bearer = await token();
    const unknown = await readOrder(HOSPITAL.deployment, orderId, "made-up");
    expect([unknown.status, unknown.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect((await served(`/api/partner/read/order/${HOSPITAL.deployment}/${orderId}`)).status).toBe(401);
    later(301_000);
    expect((await readOrder(HOSPITAL.deployment, orderId, bearer)).status).toBe(401);
  });
});

describe("what it was asked", () => {
  test("each call is kept with its status, the newest first, whatever came of it", async () => {
    const [before] = await calls();
    const orderId = await placed();
    await askToken("");
    const bearer = await token();
    await readOrder(HOSPITAL.deployment, orderId, bearer);
    await readOrder("elsewhere", orderId, bearer);
    const since = await calls(`?after=${before?.id ?? 0}`);
    expect(since.map(({ target, path, status }) => [target, path, status])).toEqual([
      ["read", `/api/partner/read/order/elsewhere/${orderId}`, 404],
      ["read", `/api/partner/read/order/hospital-1/${orderId}`, 200],
      ["token", "/oauth2/token", 200],
      ["token", "/oauth2/token", 400],
    ]);
    const { text } = await served("");
    expect(text).toContain(`/api/partner/read/order/elsewhere/${orderId}`);
    expect(text).not.toContain(bearer);
  });

  test("the list can be asked to wait for the next call", async () => {
    await askToken();
    const [newest] = await calls();
    const waiting = calls(`?wait=20&after=${newest!.id}`);
    await scheduler.wait(400);
    await askToken();
    expect(await waiting).toHaveLength(1);
    expect((await served("/calls.json?wait=26")).status).toBe(400);
  });
});

describe("failures", () => {
  test("a call fails as often as it was set, each target by itself", async () => {
    const orderId = await placed();
    const bearer = await token();
    await setFailures([
      { kind: "status", on: "read", status: 502, times: 2 },
      { kind: "status", on: "token", status: 429, retryAfterSeconds: 7 },
    ]);
    const refused = await askToken();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "7"]);
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await readOrder(HOSPITAL.deployment, orderId, bearer)).status);
    expect(statuses).toEqual([502, 502, 200]);
    expect((await calls())[0]).toMatchObject({ target: "read", status: 200 });
    expect((await calls())[1]).toMatchObject({ target: "read", status: 502 });
  });

  test("an answer can come late", async () => {
    await setFailures({ kind: "delay", on: "token", delayMs: 300 });
    const begin = performance.now();
    expect((await askToken()).status).toBe(200);
    expect(performance.now() - begin).toBeGreaterThan(250);
  });

  test("400 for what Xealth is not asked for", async () => {
    expect((await setFailures({ kind: "status", on: "upload" })).status).toBe(400);
  });

  test("the page's form adds one and clears all", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };
    const post = (path: string, body: string) => served(path, { method: "POST", headers, body });
    const added = await post("/failures", "kind=status&on=read&times=2&status=503&retryAfterSeconds=");
    expect([added.status, added.headers.get("location")]).toEqual([303, "/sandbox/xealth"]);
    expect((await served("")).text).toContain("The next 2 orders that are read: refused with 503");
    const wrong = await post("/failures", "kind=delay&on=read");
    expect([wrong.status, wrong.text.includes("That failure can’t be set")]).toEqual([400, true]);
    await post("/failures/clear", "");
    expect((await served("")).text).toContain("every call goes well");
    const elsewhere = { ...headers, "sec-fetch-site": "cross-site", origin: "https://elsewhere.example" };
    expect((await served("/failures/clear", { method: "POST", headers: elsewhere })).status).toBe(403);
  });
});

test("the newest thousand of each are kept", async () => {
  for (let i = 0; i < 1_005; i++) await placed();
  expect([await stored("orders"), await stored("notifications")]).toEqual([1_000, 1_000]);
}, 60_000);
