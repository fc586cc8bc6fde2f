import { describe, expect, test, vi } from "vitest";
import { givenClinic, person, send, service, tokenFor, UNKNOWN_ID } from "../harness.ts";
import { servedIn } from "../served-in.ts";

const UNKNOWN_PATHS = ["/", "/v1", "/v2/clinics", "/v1/clinics/", `/v1/clinics/${UNKNOWN_ID}/`, "/v1/nothing/here"];

describe("gate 1: a token", () => {
  test.each(UNKNOWN_PATHS)("400 without a token also where no operation is: %s", async (path) => {
    const answer = await send("GET", path);
    expect([answer.status, answer.body]).toEqual([400, { code: 400, message: "session token is missing" }]);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"])("400 without a token for %s", async (method) => {
    const answer = await send(method, "/v1/clinics");
    expect([answer.status, answer.body.message]).toEqual([400, "session token is missing"]);
  });

  test("400 without a body for HEAD", async () => {
    const answer = await send("HEAD", "/v1/clinics");
    expect([answer.status, answer.text]).toEqual([400, ""]);
  });

  test("200 without a token for /health and /ready, and for nothing else below them", async () => {
    expect((await send("GET", "/health")).status).toBe(200);
    expect((await send("GET", "/ready")).status).toBe(200);
    expect((await send("GET", "/health/x")).status).toBe(400);
  });
});

describe("gate 2: the token names somebody", () => {
  test.each(UNKNOWN_PATHS)("401 with a bad token also where no operation is: %s", async (path) => {
    const answer = await send("GET", path, { token: "nonsense" });
    expect([answer.status, answer.body]).toEqual([401, { code: 401, message: "session token is invalid" }]);
  });

  test("429 with Retry-After when too many refused tokens came from an address; good tokens still pass", async () => {
    const keys: string[] = [];
    const limit = async ({ key }: { key: string }) => ({ success: keys.push(key) === 0 });
    const through = servedIn({ REFUSED_TOKENS: { limit } });
    const headers = { "cf-connecting-ip": "192.0.2.1" };
    const answer = await send("GET", "/v1/clinics", { token: "nonsense", headers, through });
    expect([answer.status, keys]).toEqual([429, ["192.0.2.1"]]);
    const { token } = await service();
    expect((await send("GET", "/v1/clinics", { token, headers, through })).status).toBe(200);
    expect(keys).toHaveLength(1);
  });

  test("refused tokens are counted by network: of IPv6 by its first 64 bits, whatever the rest", async () => {
    const keys: string[] = [];
    const through = servedIn({
      REFUSED_TOKENS: { limit: async (it: { key: string }) => ({ success: keys.push(it.key) > 0 }) },
    });
    for (const address of ["2001:db8:0:1::1", "2001:DB8:0:1:ffff:ffff:ffff:ffff", "::ffff:192.0.2.1", undefined]) {
      const headers = address === undefined ? undefined : { "cf-connecting-ip": address };
      expect((await send("GET", "/v1/clinics", { token: "nonsense", headers, through })).status).toBe(401);
    }
    expect(keys).toEqual(["2001:db8:0:1::/64", "2001:db8:0:1::/64", "192.0.2.1", "unknown"]);
  });

  test.each([
    ["2026-03-01T09:30:00.000Z", "60"],
    ["2026-03-01T09:30:12.001Z", "48"],
    ["2026-03-01T09:30:59.999Z", "1"],
  ])("at %s Retry-After says when the minute is over in which they are counted: %s", async (at, seconds) => {
    vi.useFakeTimers({ now: Date.parse(at), toFake: ["Date"] });
    try {
      const through = servedIn({ REFUSED_TOKENS: { limit: async () => ({ success: false }) } });
      const answer = await send("GET", "/v1/clinics", { token: "nonsense", through });
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, seconds]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("gate 3: an operation", () => {
  test.each(UNKNOWN_PATHS)("404 where no operation is: %s", async (path) => {
    const answer = await (await service()).get(path);
    expect([answer.status, answer.body]).toEqual([404, { code: 404, message: "no matching operation was found" }]);
  });

  test.each([
    ["PATCH", "/v1/clinics"],
    ["POST", `/v1/clinics/${UNKNOWN_ID}`],
    ["PATCH", "/v1/clinics/malformed"],
    ["DELETE", `/v1/clinics/${UNKNOWN_ID}/clinicians`],
    ["OPTIONS", "/v1/clinics"],
    ["PURGE", "/v1/clinics"],
  ])("404 method not allowed, to anybody: %s %s", async (method, path) => {
    for (const caller of [await service(), await person()]) {
      const answer = await caller.send(method, path);
      expect([answer.status, answer.body]).toEqual([404, { code: 404, message: "method not allowed" }]);
    }
  });

  test("a fixed path is never taken for an id", async () => {
    const answer = await (await person()).get("/v1/clinics/share_code/AAAA-BBBB-CCCC");
    expect([answer.status, answer.body.message]).toEqual([404, "not found"]);
  });

  test("HEAD is GET without its body", async () => {
    const clinic = await givenClinic();
    const answer = await clinic.member.send("HEAD", clinic.path);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect((await clinic.outsider.send("HEAD", `${clinic.path}/clinicians`)).status).toBe(403);
  });
});

const clinicians = (id: string) => `/v1/clinics/${id}/clinicians?limit=x`;

describe("gates 4 to 6", () => {
  test("access comes before validation, path before query before body, validation before the handler", async () => {
    const { path, outsider, admin } = await givenClinic();
    expect((await outsider.get(clinicians("x"))).status).toBe(403);
    const backend = await service();
    expect((await backend.get(clinicians("x"))).body.message).toMatch(/"clinicId" in path/);
    expect((await backend.get(clinicians(UNKNOWN_ID))).body.message).toMatch(/"limit" in query/);
    const noClinic = await backend.post(`/v1/clinics/${UNKNOWN_ID}/sites`, { name: "" });
    expect([noClinic.status, noClinic.body.message]).toEqual([400, expect.stringMatching(/request body/)]);
    expect((await admin.post(`${path}/sites`, { name: "" })).status).toBe(400);
  });

  test("503 for everything but /health when the deployment is misconfigured, without a word about what", async () => {
    const through = servedIn({ AUTH_JWKS: "", AUTH_JWKS_URL: "" });
    const token = await tokenFor({ sub: "0123456789" });
    const answer = await send("GET", "/v1/clinics", { token, through });
    expect([answer.status, answer.body]).toEqual([503, { code: 503, message: "the service is not configured" }]);
    expect(answer.headers.get("retry-after")).not.toBeNull();
    expect((await send("GET", "/ready", { through })).status).toBe(503);
    expect((await send("GET", "/health", { through })).status).toBe(200);
  });

  test("a browser of another site learns the same of a misconfigured deployment, with the headers of every answer", async () => {
    const through = servedIn({ AUTH_JWKS: "", AUTH_JWKS_URL: "" });
    const headers = { origin: "https://app.test" };
    for (const [path, status] of [
      ["/v1/clinics", 503],
      ["/ready", 503],
      ["/health", 200],
    ] as const) {
      const answer = await send("GET", path, { through, headers });
      expect([path, answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([path, status, null]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("x-request-id")).not.toBeNull();
    }
  });
});
