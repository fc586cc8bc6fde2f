import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { authenticate, forgetIdentities } from "../../src/platform/auth/authenticate.ts";
import { type Bindings, settingsOf } from "../../src/platform/core/settings.ts";
import { newUserId, tokenFor } from "../harness.ts";

beforeEach(forgetIdentities);
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const withVariables = (variables: Partial<Bindings>) => settingsOf({ ...(env as Bindings), ...variables });
const byUrl = () => withVariables({ AUTH_JWKS: "", AUTH_JWKS_URL: "https://identity.test/keys" });
const introspecting = () =>
  withVariables({
    AUTH_INTROSPECTION_URL: "https://identity.test/introspect",
    AUTH_INTROSPECTION_CLIENT_ID: "clinics",
    AUTH_INTROSPECTION_CLIENT_SECRET: "secret",
  });
const answering = (answer: () => Response | Promise<Response>) =>
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => answer());
const keys = () => new Response(env.AUTH_JWKS, { headers: { "content-type": "application/json" } });
const personToken = () => tokenFor({ sub: newUserId() });
const serviceToken = () => tokenFor({ sub: newUserId(), svr: "yes" });

const OUTAGES: [string, () => Response | Promise<Response>][] = [
  ["can't be reached", () => Promise.reject(new TypeError("network"))],
  ["answers 500", () => new Response("oops", { status: 500 })],
  ["answers 404", () => new Response("nothing", { status: 404 })],
  ["answers no JSON", () => new Response("<html>")],
  ["times out", () => Promise.reject(new DOMException("timed out", "TimeoutError"))],
];

describe("keys from a URL", () => {
  test("are fetched once and verify every token", async () => {
    const fetch = answering(keys);
    for (let i = 0; i < 3; i++) {
      expect(await authenticate(byUrl(), await personToken(), Date.now())).toMatchObject({ kind: "person" });
    }
    expect(fetch).toHaveBeenCalledOnce();
  });

  test.each(OUTAGES)("503, never 401, when the key server %s; the next request asks again", async (_, answer) => {
    answering(answer);
    const token = await personToken();
    await expect(authenticate(byUrl(), token, Date.now())).rejects.toMatchObject({ status: 503 });
    answering(keys);
    forgetIdentities();
    expect(await authenticate(byUrl(), token, Date.now())).toMatchObject({ kind: "person" });
  });

  test("a token that was verified is trusted through an outage, for at most five minutes", async () => {
    answering(keys);
    const token = await serviceToken();
    const now = Date.now();
    await authenticate(byUrl(), token, now);
    answering(() => Promise.reject(new TypeError("network")));
    expect(await authenticate(byUrl(), token, now + 299_000)).toMatchObject({ kind: "service" });
  });

  test("401 for a key the set does not have", async () => {
    answering(() => Response.json({ keys: [] }));
    await expect(authenticate(byUrl(), await personToken(), Date.now())).rejects.toMatchObject({ status: 401 });
  });
});

describe("introspection (RFC 7662)", () => {
  test("lets in an active token, and asks with the client's own credentials", async () => {
    const fetch = answering(() => Response.json({ active: true }));
    const token = await personToken();
    expect(await authenticate(introspecting(), token, Date.now())).toMatchObject({ kind: "person" });
    const [url, init] = fetch.mock.calls[0]!;
    expect(url).toBe("https://identity.test/introspect");
    expect((init!.headers as Record<string, string>).authorization).toBe(`Basic ${btoa("clinics:secret")}`);
    expect(init!.body).toEqual(new URLSearchParams({ token }));
  });

  test.each([{ active: false }, {}, { active: "true" }])("401 when the answer is %j", async (answer) => {
    answering(() => Response.json(answer));
    await expect(authenticate(introspecting(), await personToken(), Date.now())).rejects.toMatchObject({ status: 401 });
  });

  test.each(OUTAGES)("503, never 401, when the endpoint %s", async (_, answer) => {
    answering(answer);
    await expect(authenticate(introspecting(), await personToken(), Date.now())).rejects.toMatchObject({ status: 503 });
  });

  test("503 when the endpoint answers at a length that nobody needs", async () => {
    answering(() => new Response(`${" ".repeat(2 * 1024 * 1024)}{"active":true}`));
    await expect(authenticate(introspecting(), await personToken(), Date.now())).rejects.toMatchObject({ status: 503 });
  });

  test("goes to its endpoint alone: no redirect is followed, and an answer that says nothing is not kept open", async () => {
    const elsewhere = new Response("moved", { status: 302, headers: { location: "https://else.test" } });
    const fetch = answering(() => elsewhere);
    await expect(authenticate(introspecting(), await personToken(), Date.now())).rejects.toMatchObject({ status: 503 });
    expect([fetch.mock.calls[0]![1]!.redirect, elsewhere.bodyUsed]).toEqual(["manual", true]);
  });

  test("form-encodes the client's credentials, whatever characters they have", async () => {
    const fetch = answering(() => Response.json({ active: true }));
    const settings = withVariables({
      AUTH_INTROSPECTION_URL: "https://identity.test/introspect",
      AUTH_INTROSPECTION_CLIENT_ID: "clinics:edge",
      AUTH_INTROSPECTION_CLIENT_SECRET: "50% päss+word",
    });
    await authenticate(settings, await personToken(), Date.now());
    const headers = new Headers(fetch.mock.calls[0]![1]!.headers);
    expect(headers.get("authorization")).toBe(`Basic ${btoa("clinics%3Aedge:50%25+p%C3%A4ss%2Bword")}`);
  });

  test("a person is asked about every time, so that logging out counts at once", async () => {
    let active = true;
    const fetch = answering(() => Response.json({ active }));
    const token = await personToken();
    await authenticate(introspecting(), token, Date.now());
    active = false;
    await expect(authenticate(introspecting(), token, Date.now())).rejects.toMatchObject({ status: 401 });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test("a service is asked about again after five minutes, not sooner", async () => {
    const fetch = answering(() => Response.json({ active: true }));
    const token = await serviceToken();
    const now = Date.now();
    for (const later of [0, 1000, 299_000]) await authenticate(introspecting(), token, now + later);
    expect(fetch).toHaveBeenCalledOnce();
    await authenticate(introspecting(), token, now + 301_000);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test("nobody is asked about a token that is refused anyway", async () => {
    const fetch = answering(() => Response.json({ active: true }));
    await expect(authenticate(introspecting(), "a.b.c", Date.now())).rejects.toMatchObject({ status: 401 });
    expect(fetch).not.toHaveBeenCalled();
  });
});
