import { beforeAll, describe, expect, test } from "vitest";
import { type Caller, service, UNKNOWN_ID } from "../../../../test/harness.ts";
import { givenOutboxEntry } from "../../../../test/mail/post-office.ts";

let backend: Caller;
beforeAll(async () => {
  backend = await service();
});

describe("GetOutboxEntry", () => {
  test.each(["queued", "sending"])("200 with one that is %s, which has not ended", async (state) => {
    const id = await givenOutboxEntry({ state, attempts: 2 });
    const answer = await backend.get(`/v1/outbox/${id}`);
    expect([answer.status, answer.calls, answer.body]).toEqual([
      200,
      1,
      { id, kind: "clinic_created", state, attempts: 2, createdTime: "1970-01-01T00:00:00.000Z" },
    ]);
    expect(answer.text).not.toMatch(/@|Harbor/);
  });

  test.each(["sent", "skipped", "failed"])("200 with one that is %s, and when that was", async (state) => {
    const id = await givenOutboxEntry({ state, finished_at: 1000, reason: "r" });
    const { body } = await backend.get(`/v1/outbox/${id}`);
    expect(body).toMatchObject({ state, reason: "r", finishedTime: "1970-01-01T00:00:01.000Z" });
  });

  test("400 for what is no id, 404 for one that is not there", async () => {
    expect((await backend.get("/v1/outbox/x")).status).toBe(400);
    const unknown = await backend.get(`/v1/outbox/${UNKNOWN_ID}`);
    expect([unknown.status, unknown.body.message]).toEqual([404, "outbox entry not found"]);
  });
});
