import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, send, UNKNOWN_ID } from "../harness.ts";
import { servedIn } from "../served-in.ts";

const ORIGIN = "https://app.test";
const UNHEARD_OF = "ffffffff-ffffffff-ffffffff-ffffffffffffffffffffffffffffffff";
const through = servedIn({ CORS_ORIGINS: `https://other.test, ${ORIGIN}` });
let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});
const preflight = (origin: string, extra: Record<string, string> = {}) =>
  send("OPTIONS", clinic.path, {
    through,
    headers: { origin, "access-control-request-method": "PUT", ...extra },
  });
const listed = (headers: Headers, name: string) =>
  (headers.get(name) ?? "").split(",").map((value) => value.trim().toLowerCase());

describe("CORS", () => {
  test("a preflight of a known origin is answered before the token is asked for", async () => {
    const answer = await preflight(ORIGIN, { "access-control-request-headers": "x-tidepool-session-token" });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(answer.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(listed(answer.headers, "access-control-allow-methods")).toEqual(["get", "post", "put", "patch", "delete"]);
    expect(listed(answer.headers, "access-control-allow-headers")).toEqual(
      expect.arrayContaining([
        "content-type",
        "authorization",
        "x-tidepool-session-token",
        "x-tidepool-trace-session",
        "x-tidepool-trace-request",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "if-range",
        "range",
      ]),
    );
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });

  test.each(["https://evil.test", "https://app.test.evil.test", "http://app.test", "null"])(
    "an origin that is not configured is allowed nothing: %s",
    async (origin) => {
      expect((await preflight(origin)).headers.get("access-control-allow-origin")).toBeNull();
      const answer = await send("GET", clinic.path, { through, token: clinic.admin.token, headers: { origin } });
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, null]);
    },
  );

  test("answers and refusals of a known origin can be read, with the headers clients need", async () => {
    const headers = { origin: ORIGIN };
    const refusal = await send("GET", "/v1/clinics", { through, headers });
    const answer = await send("GET", clinic.path, { through, token: clinic.admin.token, headers });
    const health = await send("GET", "/health", { through, headers });
    for (const { headers: got } of [refusal, answer, health]) {
      expect(got.get("access-control-allow-origin")).toBe(ORIGIN);
      expect(listed(got, "access-control-expose-headers")).toEqual(
        expect.arrayContaining([
          "accept-ranges",
          "content-disposition",
          "content-range",
          "etag",
          "link",
          "location",
          "x-d1-bookmark",
          "x-request-id",
          "retry-after",
          "idempotent-replayed",
          "x-next-cursor",
          "x-tidepool-trace-request",
          "x-tidepool-trace-session",
        ]),
      );
      expect(got.get("vary")?.toLowerCase()).toContain("origin");
    }
  });
});

const idOf = async (given?: string, path = clinic.path) => {
  const headers: Record<string, string> = given === undefined ? {} : { "x-request-id": given };
  return (await clinic.admin.get(path, headers)).headers.get("x-request-id");
};

describe("every answer", () => {
  test("is not to be kept by anybody on the way", async () => {
    for (const path of [clinic.path, "/v1/nothing", "/health"]) {
      const answer = await clinic.admin.get(path);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  test("says how browsers are to treat it; what only guards a page goes with what a browser may show as one", async () => {
    const ofAll = ["referrer-policy", "strict-transport-security", "x-content-type-options", "x-frame-options"];
    const ofPages = ["cross-origin-opener-policy", "origin-agent-cluster", "x-permitted-cross-domain-policies"];
    const told = async (path: string, accepting: Record<string, string> = {}) => {
      const { headers } = await clinic.admin.get(path, accepting);
      return [...ofAll, ...ofPages].filter((name) => headers.has(name));
    };
    for (const path of [clinic.path, "/v1/nothing", `${clinic.path}/patients`]) expect(await told(path)).toEqual(ofAll);
    expect(await told(`${clinic.path}/patients`, { accept: "text/csv" })).toEqual([...ofAll, ...ofPages]);
    const values = async (accept: string) => {
      const { headers } = await clinic.admin.get(`${clinic.path}/patients`, { accept });
      return ofAll.map((name) => headers.get(name));
    };
    expect(await values("application/json")).toEqual(await values("text/csv"));
  });

  test("guards what a browser may show as a page as Hono's own middleware does", async () => {
    const model = new Hono().use(secureHeaders({ crossOriginResourcePolicy: false })).get("/", (c) => c.text(""));
    const table = await clinic.admin.get(`${clinic.path}/patients`, { accept: "text/csv" });
    const expected = [...(await model.request("/")).headers].filter(([name]) => name !== "content-type");
    expect(expected.length).toBeGreaterThan(5);
    expect(expected.map(([name]) => [name, table.headers.get(name)])).toEqual(expected);
  });

  test("that refuses is {code, message} as JSON, with the code of its status", async () => {
    const answers = [
      await send("GET", "/v1/clinics"),
      await send("GET", "/v1/clinics", { token: "nonsense" }),
      await clinic.outsider.get("/v1/clinics"),
      await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}`),
      await clinic.service.get("/v1/clinics/x"),
      await clinic.service.get("/v1/nothing"),
      await clinic.admin.post(`${clinic.path}/sites`, "x", { "content-type": "text/plain" }),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([400, 401, 403, 404, 400, 404, 415]);
    for (const answer of answers) {
      expect(answer.body).toEqual({ code: answer.status, message: expect.stringMatching(/./) });
      expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    }
  });

  test("carries the request's id when that is one, else a new one, also when it refuses", async () => {
    expect(await idOf("trace.Me_42-x")).toBe("trace.Me_42-x");
    expect(await idOf("trace.Me_42-x", "/v1/nothing")).toBe("trace.Me_42-x");
    for (const wrong of [undefined, "short", "x".repeat(65), "with space", '{"a":1}']) {
      expect(await idOf(wrong)).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    }
  });

  test("tells back what its caller calls the request and the session, cut to 64 characters, also when it refuses", async () => {
    for (const path of [clinic.path, "/v1/nothing", "/v1/time"]) {
      const headers = { "x-tidepool-trace-request": "r".repeat(65), "x-tidepool-trace-session": "s-1" };
      const answer = await clinic.admin.get(path, headers);
      expect(answer.headers.get("x-tidepool-trace-request")).toBe("r".repeat(64));
      expect(answer.headers.get("x-tidepool-trace-session")).toBe("s-1");
      const unfit = { "x-tidepool-trace-request": '{"a": 1}', "x-tidepool-trace-session": "s 1" };
      for (const without of [await clinic.admin.get(path), await clinic.admin.get(path, unfit)]) {
        expect(without.headers.get("x-tidepool-trace-request")).toMatch(/^[0-9a-f]{32}$/);
        expect(without.headers.get("x-tidepool-trace-session")).toBeNull();
      }
    }
  });

  test("says how often the database was asked, but not in production", async () => {
    const answer = await clinic.member.get(clinic.path);
    expect(answer.headers.get("server-timing")).toMatch(/^d1;dur=[\d.]+;desc="calls=1 rows_read=\d+ rows_written=0"$/);
    const production = servedIn({ ENVIRONMENT: "production" });
    const live = await send("GET", clinic.path, { through: production, token: clinic.member.token });
    expect([live.status, live.headers.get("server-timing")]).toEqual([200, null]);
  });
});

describe("x-d1-bookmark", () => {
  test("of a write, sent with the next read, shows that write", async () => {
    const name = "Renamed once";
    const wrote = await clinic.admin.put(clinic.path, { name, preferredBgUnits: "mg/dL" });
    const bookmark = wrote.headers.get("x-d1-bookmark");
    expect(bookmark).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/);
    const read = await clinic.admin.get(clinic.path, { "x-d1-bookmark": bookmark! });
    expect([read.status, read.body.name]).toEqual([200, name]);
    expect(read.headers.get("x-d1-bookmark")).not.toBeNull();
  });

  test.each([
    ["hello", "first-primary"],
    ["first-unconstrained", "first-primary"],
    ["x".repeat(5000), "first-primary"],
    ["'; DROP TABLE clinics", "first-primary"],
    [UNHEARD_OF, UNHEARD_OF],
  ])("200 with %s, which the database is asked as %s", async (bookmark, asked) => {
    const sessions: unknown[] = [];
    const withSession = (constraint: string) => {
      sessions.push(constraint);
      return env.DB.withSession(constraint);
    };
    const answer = await send("GET", clinic.path, {
      token: clinic.service.token,
      headers: { "x-d1-bookmark": bookmark },
      through: servedIn({ DB: { withSession } }),
    });
    expect([answer.status, sessions]).toEqual([200, [asked]]);
  });

  test("is absent where the database was not asked", async () => {
    expect((await clinic.service.get("/v1/nothing")).headers.get("x-d1-bookmark")).toBeNull();
  });
});
