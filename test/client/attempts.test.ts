import { describe, expect, test, vi } from "vitest";
import { realClock } from "../../client/attempts.ts";
import { createSite, getClinic, listClinics, queryData } from "../../client/index.ts";
import { busy, errorOf, json, scripted, testClock } from "./scripted.ts";

const CLINIC = { path: { clinicId: "0123456789abcdef01234567" } };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const offline = () => new TypeError("fetch failed");

/** An answer whose body breaks off. */
const broken = () =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('[{"id":'));
        controller.error(new Error("connection lost"));
      },
    }),
    { headers: { "content-type": "application/json" } },
  );

describe("an attempt is followed by another", () => {
  test.each([
    ["503", () => busy()],
    ["429", () => json({ code: 429, message: "slow down" }, 429)],
    ["a failure of the network", offline],
    ["an answer that breaks off", broken],
  ])("after %s", async (_, failing) => {
    const { client, sent, waits } = scripted([failing(), json([])]);
    expect(await listClinics({ client })).toEqual([]);
    expect(sent.map(({ path }) => path)).toEqual(["/v1/clinics", "/v1/clinics"]);
    expect(waits).toHaveLength(1);
  });

  test.each([400, 401, 403, 404, 409, 413, 422, 500, 501, 502, 504])("but not after %i", async (status) => {
    const { client, sent } = scripted([json({ code: status, message: "no" }, status)]);
    expect(await errorOf(listClinics({ client }))).toMatchObject({ status, code: status });
    expect(sent).toHaveLength(1);
  });

  test("after one that took too long", async () => {
    const { client, sent } = scripted(["silence", json([])], { attemptTimeout: 20 });
    expect(await listClinics({ client })).toEqual([]);
    expect(sent).toHaveLength(2);
  });

  test("after one whose body took too long, but not when it is read as a stream", async () => {
    const slow = () => new Response(new ReadableStream(), { headers: { "content-type": "application/json" } });
    const whole = scripted([slow(), json([])], { attemptTimeout: 20 });
    expect(await listClinics({ client: whole.client })).toEqual([]);
    const streamed = scripted([slow()], { attemptTimeout: 20 });
    const answer = await queryData({ client: streamed.client, path: { userId: "a" }, parseAs: "stream" });
    expect(answer).toBeInstanceOf(ReadableStream);
  });

  test("after a refusal whose body took too long, also when a stream was asked for", async () => {
    const slow = () => new Response(new ReadableStream(), { status: 404 });
    const { client, sent } = scripted([slow(), slow()], { attemptTimeout: 20, retries: 1 });
    const call = queryData({ client, path: { userId: "a" }, parseAs: "stream" });
    expect(await errorOf(call)).toMatchObject({ status: 0, code: "timeout" });
    expect(sent).toHaveLength(2);
  });

  test("as often as it may, 4 times unless told otherwise", async () => {
    const always = () => [busy(), busy(), busy(), busy(), busy(), json([])];
    const usual = scripted(always());
    expect(await errorOf(listClinics({ client: usual.client }))).toMatchObject({ status: 503, message: "try later" });
    expect(usual.sent).toHaveLength(5);
    const never = scripted(always(), { retries: 0 });
    expect(await errorOf(listClinics({ client: never.client }))).toMatchObject({ status: 503 });
    expect(never.sent).toHaveLength(1);
    expect(never.waits).toEqual([]);
  });

  test("and the last failure of the network or time is an error", async () => {
    const dead = scripted([offline(), offline()], { retries: 1 });
    const error = await errorOf(listClinics({ client: dead.client }));
    expect(error).toMatchObject({ status: 0, code: "network", operation: "GET /v1/clinics" });
    expect(error.cause).toMatchObject({ message: "fetch failed" });
    const silent = scripted(["silence", "silence"], { retries: 1, attemptTimeout: 10 });
    expect(await errorOf(listClinics({ client: silent.client }))).toMatchObject({ status: 0, code: "timeout" });
  });
});

describe("between attempts", () => {
  const failures = (n: number) => Array.from({ length: n }, () => busy());

  test("it waits longer each time, up to ten seconds", async () => {
    const { client, waits } = scripted([...failures(8), json([])], { retries: 8 });
    await listClinics({ client });
    expect(waits).toEqual([125, 250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  test("by chance up to twice as long", async () => {
    const clock = testClock({ random: 1 });
    const { client } = scripted([...failures(3), json([])], { clock });
    await listClinics({ client });
    expect(clock.waits).toEqual([250, 500, 1000]);
  });

  test.each([
    ["7", 7000],
    ["0", 0],
    ["Fri, 15 Jan 2027 08:00:12 GMT", 12_000],
    ["Fri, 15 Jan 2027 07:00:00 GMT", 0],
    ["soon", 125],
    ["-5", 125],
    ["1.5", 125],
    ["retry in 45", 125],
  ])("it waits as Retry-After: %s asks", async (retryAfter, expected) => {
    const { client, waits } = scripted([busy(retryAfter), json([])]);
    await listClinics({ client });
    expect(waits).toEqual([expected]);
  });

  test.each(["Fri, 15 Jan 2027 07:00:00 GMT", "Fri, 15 Jan 2027 09:00:00 GMT"])(
    "it waits as long as a service asks whose clock says %s",
    async (date) => {
      const until = new Date(Date.parse(date) + 12_000).toUTCString();
      const asked = json({ code: 503, message: "try later" }, 503, { date, "retry-after": until });
      const { client, waits } = scripted([asked, json([])]);
      await listClinics({ client });
      expect(waits).toEqual([12_000]);
    },
  );

  test("it waits as a 429 asks, and sends a write again with the same key", async () => {
    const limited = (seconds: string) =>
      json({ code: 429, message: "too many requests, try again later" }, 429, { "retry-after": seconds });
    const { client, sent, waits } = scripted([limited("3"), limited("1"), json({ id: "a", name: "North" })]);
    await createSite({ client, ...CLINIC, body: { name: "North" } });
    expect(waits).toEqual([3000, 1000]);
    expect(new Set(sent.map(({ headers }) => headers.get("idempotency-key"))).size).toBe(1);
    const guesser = scripted([limited("360")]);
    expect(await errorOf(listClinics({ client: guesser.client }))).toMatchObject({
      status: 429,
      retryAfterSeconds: 360,
    });
  });

  test("those who were told the same second come back at different times, none too early", async () => {
    const clock = testClock({ random: 1 });
    const { client } = scripted([busy("2"), json([])], { clock });
    await listClinics({ client });
    expect(clock.waits).toEqual([2125]);
  });

  test("a limit that no timer can be set to is as good as none", async () => {
    const set = vi.spyOn(globalThis, "setTimeout");
    const { client, waits } = scripted([busy("9999999999"), json([])], {
      attemptTimeout: Number.POSITIVE_INFINITY,
      retryAfterMax: Number.POSITIVE_INFINITY,
    });
    expect(await listClinics({ client })).toEqual([]);
    expect(waits).toEqual([9_999_999_999_000]);
    const aborted = new AbortController();
    const slept = realClock.sleep(9_999_999_999_000, aborted.signal);
    aborted.abort(new Error("enough"));
    await expect(slept).rejects.toThrow("enough");
    const delays = set.mock.calls.map(([, delay]) => delay);
    expect(delays.length).toBeGreaterThanOrEqual(3);
    // More than this is one millisecond to Node and to browsers.
    expect(Math.max(...delays.map(Number))).toBeLessThan(2 ** 31);
    set.mockRestore();
  });

  test("a longer wait than the limit is an error at once, which says how long", async () => {
    const { client, sent, waits } = scripted([busy("31")]);
    expect(await errorOf(listClinics({ client }))).toMatchObject({ status: 503, retryAfterSeconds: 31 });
    expect([sent.length, waits]).toEqual([1, []]);
    const patient = scripted([busy("31"), json([])], { retryAfterMax: 60_000 });
    expect(await listClinics({ client: patient.client })).toEqual([]);
  });
});

describe("every attempt of a write", () => {
  test("sends the same key and the same bytes", async () => {
    const { client, sent } = scripted([busy(), offline(), json({ id: "a", name: "North" })]);
    await createSite({ client, ...CLINIC, body: { name: "North" } });
    expect(sent.map(({ text }) => text)).toEqual(Array.from({ length: 3 }, () => '{"name":"North"}'));
    const keys = sent.map(({ headers }) => headers.get("idempotency-key"));
    expect(keys[0]).toMatch(UUID);
    expect(new Set(keys).size).toBe(1);
    expect(sent.map(({ headers }) => headers.get("content-type"))).toEqual(Array(3).fill("application/json"));
  });

  test("of another write another", async () => {
    const { client, sent } = scripted([json({}), json({})]);
    for (let n = 0; n < 2; n++) await createSite({ client, ...CLINIC, body: { name: "North" } });
    expect(new Set(sent.map(({ headers }) => headers.get("idempotency-key"))).size).toBe(2);
  });

  test("that brings its key sends this one", async () => {
    const { client, sent } = scripted([busy(), json({})]);
    await createSite({ client, ...CLINIC, body: { name: "North" }, headers: { "Idempotency-Key": "mine" } });
    expect(sent.map(({ headers }) => headers.get("idempotency-key"))).toEqual(["mine", "mine"]);
  });

  test("reads have none", async () => {
    const { client, sent } = scripted([json({})]);
    await getClinic({ client, ...CLINIC });
    expect(sent[0]!.headers.has("idempotency-key")).toBe(false);
  });
});

describe("an aborted request", () => {
  test("is not sent", async () => {
    const { client, sent } = scripted([json([])]);
    const error = await errorOf(listClinics({ client, signal: AbortSignal.abort(new Error("left the page")) }));
    expect(error).toMatchObject({ status: 0, code: "aborted" });
    expect(sent).toEqual([]);
  });

  test("ends while it waits for its answer, and is not repeated", async () => {
    const { client, sent } = scripted(["silence", json([])]);
    const controller = new AbortController();
    const call = errorOf(listClinics({ client, signal: controller.signal }));
    setTimeout(() => controller.abort(new Error("left the page")), 10);
    expect(await call).toMatchObject({ code: "aborted", cause: { message: "left the page" } });
    expect(sent).toHaveLength(1);
  });

  test("ends while it waits for its next attempt", async () => {
    const { client, sent } = scripted([busy("20"), json([])], { clock: undefined });
    const begin = Date.now();
    const controller = new AbortController();
    const call = errorOf(listClinics({ client, signal: controller.signal }));
    setTimeout(() => controller.abort(), 10);
    expect(await call).toMatchObject({ code: "aborted" });
    expect(Date.now() - begin).toBeLessThan(5000);
    expect(sent).toHaveLength(1);
  });
});
