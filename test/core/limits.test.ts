import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { InternalApi } from "../../src/entry/internal-api.ts";
import { BOUND_CALLER } from "../../src/platform/request/identify.ts";
import { newUserId, person, send, service } from "../harness.ts";
import { servedIn } from "../served-in.ts";

const REDOX_TOKEN = "local-verification-token";
let unused = 0;
/** A network nobody has used in this run. */
const newAddress = () => `2001:db8:${(++unused).toString(16)}::1`;
let address: string;
beforeEach(() => {
  address = newAddress();
});

const few = servedIn({
  REDOX_VERIFICATION_TOKEN: REDOX_TOKEN,
  LIMIT_PERSON: "2",
  LIMIT_SERVICE: "3",
  LIMIT_WEBHOOK: "2",
  LIMIT_ADDRESS: "2",
});
const ask = (path: string, options: { token?: string; headers?: Record<string, string>; method?: string } = {}) =>
  send(options.method ?? "GET", path, {
    ...(options.token === undefined ? {} : { token: options.token }),
    headers: { "cf-connecting-ip": address, ...options.headers },
    through: few,
  });
const statusesOf = async (n: number, make: () => ReturnType<typeof ask>) => {
  const statuses: number[] = [];
  for (let i = 0; i < n; i++) statuses.push((await make()).status);
  return statuses;
};

/** RateLimit and RateLimit-Policy, as structured fields have them: a list of strings with integer parameters. */
const POLICY = /^"([a-z]+)";q=(\d+);w=(\d+)$/;
const LEFT = /^"([a-z]+)";r=(\d+);t=(\d+)$/;
const toldBy = (headers: Headers) => {
  const [, name, q, w] = POLICY.exec(headers.get("ratelimit-policy") ?? "") ?? [];
  const [, same, r, t] = LEFT.exec(headers.get("ratelimit") ?? "") ?? [];
  return { name, same, q: Number(q), w: Number(w), r: Number(r), t: Number(t) };
};

describe("a caller", () => {
  test("is refused with 429 and Retry-After after as many requests as the limit says, and nobody else is", async () => {
    const { token } = await person();
    const path = "/v1/clinics/share_code/AAAA-BBBB-CCCC";
    const answers = [await ask(path, { token }), await ask(path, { token }), await ask(path, { token })];
    expect(answers.map((it) => it.status)).toEqual([404, 404, 429]);
    expect(answers.map((it) => toldBy(it.headers))).toEqual([
      { name: "person", same: "person", q: 2, w: 60, r: 1, t: expect.any(Number) },
      { name: "person", same: "person", q: 2, w: 60, r: 0, t: expect.any(Number) },
      { name: "person", same: "person", q: 2, w: 60, r: 0, t: expect.any(Number) },
    ]);
    const { body, headers, calls } = answers[2]!;
    expect(body).toEqual({ code: 429, message: "too many requests, try again later" });
    expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(28);
    expect(Number(headers.get("retry-after"))).toBeLessThanOrEqual(30);
    expect(headers.get("retry-after")).toBe(String(toldBy(headers).t));
    expect(calls).toBe(0);
    expect((await ask(path, { token: (await person()).token })).status).toBe(404);
  });

  test("is counted by their id, whatever token or address they come with", async () => {
    const id = newUserId();
    const tries = async () => {
      address = newAddress();
      return ask("/v1/nothing", { token: (await person({ sub: id })).token });
    };
    expect(await statusesOf(3, tries)).toEqual([404, 404, 429]);
  });

  test("that is a service has its own limit", async () => {
    const { token } = await service(`service-${newUserId()}`);
    expect(await statusesOf(4, () => ask("/v1/nothing", { token }))).toEqual([404, 404, 404, 429]);
  });

  test("is told in refusals, faults of a request and replays what is left", async () => {
    const { token } = await person();
    const through = servedIn({ LIMIT_PERSON: "6" });
    const left: number[] = [];
    const told = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
      const answer = await send(method, path, { token, body, headers, through });
      left.push(toldBy(answer.headers).r);
      return answer;
    };
    const created = { name: "Told", preferredBgUnits: "mg/dL" };
    const key = { "idempotency-key": newUserId() };
    const statuses = [
      (await told("GET", "/v1/clinics")).status,
      (await told("GET", "/v1/nothing")).status,
      (await told("POST", "/v1/clinics", {})).status,
      (await told("POST", "/v1/clinics", created, key)).status,
    ];
    const again = await told("POST", "/v1/clinics", created, key);
    expect(statuses).toEqual([403, 404, 400, 200]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(left).toEqual([5, 4, 3, 2, 1]);
  });

  test("may read the headers of the limits in a page of a known origin, also those of a 429", async () => {
    const through = servedIn({ CORS_ORIGINS: "https://app.test", LIMIT_PERSON: "1" });
    const { token } = await person();
    const headers = { origin: "https://app.test" };
    await send("GET", "/v1/nothing", { token, headers, through });
    const refused = await send("GET", "/v1/nothing", { token, headers, through });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([429, "https://app.test"]);
    const exposed = (refused.headers.get("access-control-expose-headers") ?? "").toLowerCase().split(/, ?/);
    expect(exposed).toEqual(expect.arrayContaining(["ratelimit", "ratelimit-policy", "retry-after"]));
  });
});

describe("a method", () => {
  test("HEAD is refused like GET, without a body, and counts as one", async () => {
    const { token } = await person();
    const path = "/v1/clinics/share_code/AAAA-BBBB-CCCC";
    expect(await statusesOf(2, () => ask(path, { token, method: "HEAD" }))).toEqual([404, 404]);
    const [head, get] = [await ask(path, { token, method: "HEAD" }), await ask(path, { token })];
    expect([head.status, head.text, get.status]).toEqual([429, "", 429]);
    for (const name of ["retry-after", "ratelimit-policy", "content-type", "cache-control"])
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
  });

  test("OPTIONS is not counted as a preflight, and by address otherwise", async () => {
    const through = servedIn({ CORS_ORIGINS: "https://app.test", LIMIT_ADDRESS: "2" });
    const options = (headers: Record<string, string>) =>
      send("OPTIONS", "/v1/clinics", { headers: { "cf-connecting-ip": address, ...headers }, through });
    const preflight = { origin: "https://app.test", "access-control-request-method": "GET" };
    for (let i = 0; i < 4; i++) {
      const { status, headers } = await options(preflight);
      expect([status, headers.get("ratelimit"), headers.get("access-control-allow-origin")]).toEqual([
        204,
        null,
        "https://app.test",
      ]);
    }
    const others = await Promise.all(Array.from({ length: 3 }, () => options({})));
    expect(others.map(({ status }) => status)).toEqual([400, 400, 429]);
  });
});

describe("a bound service", () => {
  test("is counted by its name, in requests and in calls together", async () => {
    const id = `bound-${newUserId()}`;
    const bindings = { ...env, LIMIT_SERVICE: "2" };
    const request = (name: string) =>
      servedIn({ LIMIT_SERVICE: "2", [BOUND_CALLER]: { kind: "service", id: name, scopes: undefined } })(
        new Request("http://clinics.test/v1/nothing"),
      );
    const api = new InternalApi(
      Object.assign(createExecutionContext(), { props: { caller: id, scopes: ["*"] } }) as never,
      bindings,
    );
    expect((await request(id)).status).toBe(404);
    expect(await api.findAccountClaim({ key: "none" })).toBeUndefined();
    const refused = await request(id);
    expect([refused.status, toldBy(refused.headers).name]).toEqual([429, "service"]);
    await expect(api.findAccountClaim({ key: "none" })).rejects.toThrow("too many requests, try again later");
    await expect(api.listFailedEntries()).rejects.toThrow("too many requests, try again later");
    expect((await request(`other-${id}`)).status).toBe(404);
  });
});

describe("an address", () => {
  test("gets 429 instead of 400 and 401 after as many requests without a good token; good tokens still pass", async () => {
    const tokens = [undefined, "nonsense", "nonsense", undefined];
    const statuses: number[] = [];
    for (const token of tokens) {
      statuses.push((await ask("/v1/clinics", token === undefined ? {} : { token })).status);
    }
    expect(statuses).toEqual([400, 401, 429, 429]);
    expect((await ask("/v1/nothing", { token: (await person()).token })).status).toBe(404);
  });

  test("of IPv6 is its network of 64 bits", async () => {
    const network = `2001:db8:ffff:${(++unused).toString(16)}`;
    const from = (host: string) => ask("/v1/clinics", { headers: { "cf-connecting-ip": `${network}:${host}` } });
    expect((await from("1:2:3:4")).status).toBe(400);
    expect((await from(":5")).status).toBe(400);
    expect((await from("ffff:ffff:ffff:ffff")).status).toBe(429);
    expect((await ask("/v1/clinics")).status).toBe(400);
  });

  test.each([
    ["GET", "/v1/time"],
    ["GET", "/ready"],
  ])("is counted where nobody has to say who they are: %s %s", async (method, path) => {
    expect(await statusesOf(3, () => ask(path, { method }))).toEqual([200, 200, 429]);
  });

  test("is told what is left", async () => {
    const refused = await ask("/v1/clinics");
    expect(toldBy(refused.headers)).toMatchObject({ name: "address", q: 2, r: 1 });
  });
});

describe("a webhook", () => {
  test("is refused before its body is read", async () => {
    const pulled: string[] = [];
    const message = () =>
      new Request("http://clinics.test/v1/redox", {
        method: "POST",
        headers: { "verification-token": REDOX_TOKEN, "content-type": "application/json", "cf-connecting-ip": address },
        body: new ReadableStream(
          {
            pull(controller) {
              pulled.push("read");
              controller.enqueue(new TextEncoder().encode("not JSON"));
              controller.close();
            },
          },
          { highWaterMark: 0 },
        ),
      });
    expect([(await few(message())).status, (await few(message())).status]).toEqual([400, 400]);
    expect(pulled).toHaveLength(2);
    const refused = await few(message());
    expect([refused.status, toldBy(refused.headers).name, pulled.length]).toEqual([429, "webhook", 2]);
  });

  test("can't be used up by those who do not know its secret", async () => {
    const guess = () => ask("/v1/redox", { method: "POST", headers: { "verification-token": newUserId() } });
    expect(await statusesOf(3, guess)).toEqual([401, 401, 429]);
    const through = servedIn({ REDOX_VERIFICATION_TOKEN: REDOX_TOKEN, LIMIT_WEBHOOK: "100" });
    const headers = { "verification-token": REDOX_TOKEN, "cf-connecting-ip": address };
    expect((await send("POST", "/v1/redox", { body: "{", headers, through })).status).toBe(400);
  });
});

describe("the settings", () => {
  test.each(["0", "-1", "many", "1.5", "123456789"])(
    "that are no number of requests are refused: %s",
    async (wrong) => {
      const through = servedIn({ LIMIT_PERSON: wrong });
      expect((await send("GET", "/v1/clinics", { token: "nonsense", through })).status).toBe(503);
    },
  );

  test("that are absent or empty mean the usual limits", async () => {
    const { token } = await person();
    const through = servedIn({ LIMIT_PERSON: "" });
    const { headers } = await send("GET", "/v1/nothing", { token, through });
    expect(headers.get("ratelimit-policy")).toBe('"person";q=1200;w=60');
  });
});
