import { describe, expect, test } from "vitest";
import { person, send } from "../../../../test/harness.ts";

describe("GetTime", () => {
  test("200 with the time of the server in an envelope, without a token and without the database", async () => {
    const before = Date.now();
    const answer = await send("GET", "/v1/time");
    expect([answer.status, answer.calls]).toEqual([200, 0]);
    expect(answer.body).toEqual({
      data: { time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) },
      meta: { trace: { request: answer.headers.get("x-tidepool-trace-request") } },
    });
    expect(Date.parse(answer.body.data.time)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(answer.body.data.time)).toBeLessThanOrEqual(Date.now());
  });

  test("200 with a token, good or bad", async () => {
    const { token } = await person();
    for (const it of [token, "nonsense"]) expect((await send("GET", "/v1/time", { token: it })).status).toBe(200);
  });

  test("200 with the traces told back, cut to 64 characters; one that is made has 32 digits", async () => {
    const long = "t".repeat(65);
    const headers = { "x-tidepool-trace-request": long, "x-tidepool-trace-session": long };
    const answer = await send("GET", "/v1/time", { headers });
    expect(answer.body.meta.trace.request).toBe("t".repeat(64));
    expect(answer.headers.get("x-tidepool-trace-session")).toBe("t".repeat(64));
    const made = await send("GET", "/v1/time");
    expect(made.headers.get("x-tidepool-trace-request")).toMatch(/^[0-9a-f]{32}$/);
    expect(made.headers.get("x-tidepool-trace-session")).toBeNull();
  });

  test.each(["POST", "PUT", "DELETE"])("%s is nobody's to call without a token", async (method) => {
    expect((await send(method, "/v1/time")).status).toBe(400);
  });
});
