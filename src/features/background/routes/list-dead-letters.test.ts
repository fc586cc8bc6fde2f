import { beforeEach, describe, expect, test } from "vitest";
import { type Caller, rows, service, UNKNOWN_ID } from "../../../../test/harness.ts";

let backend: Caller;
beforeEach(async () => {
  backend = await service();
  await rows("DELETE FROM dead_letters RETURNING id");
});
const list = (query = "") => backend.get(`/v1/dead_letters${query}`);
const given = (id: number, body: string) =>
  rows(
    "INSERT INTO dead_letters (id, queue, message_id, body, at) VALUES (?1, 'notifications', ?3, ?2, 1000) RETURNING id",
    id,
    body,
    `m${id}`,
  );

describe("ListDeadLetters", () => {
  test("200 with the entry that a message was about, in one round trip, and nothing else of what it says", async () => {
    await given(7, JSON.stringify({ v: 1, id: UNKNOWN_ID, name: "Rosa" }));
    const answer = await list();
    expect([answer.status, answer.calls, answer.headers.get("x-next-cursor")]).toEqual([200, 1, null]);
    expect(answer.body).toEqual([
      {
        id: 7,
        queue: "notifications",
        messageId: "m7",
        entryId: UNKNOWN_ID,
        createdTime: "1970-01-01T00:00:01.000Z",
      },
    ]);
  });

  test.each(["null", "1", '"Rosa"', "{}", '{"id":"Rosa"}', '{"id":7}', '{"patientIds":["Rosa"]}', "Rosa"])(
    "200 with nothing of the message %s, which is about no entry",
    async (body) => {
      await given(7, body);
      expect((await list()).body).toEqual([
        { id: 7, queue: "notifications", messageId: "m7", createdTime: "1970-01-01T00:00:01.000Z" },
      ]);
    },
  );

  test("200 in pages, the oldest first", async () => {
    for (const id of [9, 3, 5]) await given(id, "{}");
    const page = await list("?limit=2");
    expect([page.body.map(({ id }: { id: number }) => id), page.headers.get("x-next-cursor")]).toEqual([[3, 5], "5"]);
    const rest = await list("?limit=2&cursor=5");
    expect([rest.body.map(({ id }: { id: number }) => id), rest.headers.get("x-next-cursor")]).toEqual([[9], null]);
  });

  test.each(["limit=0", "cursor=", "cursor=-1", "cursor=x", "cursor=1234567890123456"])(
    "400 for ?%s",
    async (query) => {
      expect((await list(`?${query}`)).status).toBe(400);
    },
  );
});
