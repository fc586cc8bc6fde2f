import { beforeEach, describe, expect, test } from "vitest";
import { type Caller, rows, service, UNKNOWN_ID } from "../../../../test/harness.ts";
import { givenOutboxEntry } from "../../../../test/mail/post-office.ts";

let backend: Caller;
beforeEach(async () => {
  backend = await service();
  await rows("DELETE FROM outbox RETURNING id");
});
const list = (query = "") => backend.get(`/v1/outbox/failed${query}`);
const failedAt = (finished_at: number, fields: object = {}) =>
  givenOutboxEntry({ state: "failed", finished_at, ...fields });
const AT = Date.parse("2026-03-01T09:30:00Z");

describe("ListFailedEntries", () => {
  test("200 with what failed and why, in one round trip, without recipient and content", async () => {
    const id = await failedAt(AT, {
      clinic_id: UNKNOWN_ID,
      kind: "ehr_job",
      attempts: 5,
      created_at: AT - 60_000,
      reason: "timeout",
      variables: JSON.stringify({ jobId: "j1", ClinicName: "secret" }),
    });
    await givenOutboxEntry();
    const answer = await list();
    expect([answer.status, answer.calls, answer.headers.get("x-next-cursor")]).toEqual([200, 1, null]);
    expect(answer.body).toEqual([
      {
        id,
        kind: "ehr_job",
        state: "failed",
        clinicId: UNKNOWN_ID,
        jobId: "j1",
        reason: "timeout",
        attempts: 5,
        createdTime: "2026-03-01T09:29:00.000Z",
        finishedTime: "2026-03-01T09:30:00.000Z",
      },
    ]);
    expect(answer.text).not.toMatch(/@|secret/);
  });

  test("200 in pages, in the order in which they failed, also while earlier ones are requeued", async () => {
    const ids = [];
    for (const at of [AT, AT + 2, AT + 1, AT + 1]) ids.push(await failedAt(at));
    const [first, last, ...between] = ids;
    const order = [first, ...between.toSorted(), last];
    const page = await list("?limit=3");
    expect(page.body.map(({ id }: { id: string }) => id)).toEqual(order.slice(0, 3));
    const cursor = page.headers.get("x-next-cursor");
    expect(cursor).toBe(`${AT + 1}-${order[2]}`);
    await backend.post(`/v1/outbox/${order[2]}/requeue`);
    const rest = await list(`?limit=3&cursor=${cursor}`);
    expect(rest.body.map(({ id }: { id: string }) => id)).toEqual(order.slice(3));
    expect(rest.headers.get("x-next-cursor")).toBeNull();
  });

  test("200 reads about a page of rows, however many entries there are", async () => {
    await rows(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
       INSERT INTO outbox (id, batch, unique_key, kind, variables, state, attempts, next_attempt_at, created_at, finished_at)
       SELECT printf('%024x', i), 'b', i, 'clinic_created', '{}', iif(i % 2, 'failed', 'sent'), 5, 0, 0, i FROM n RETURNING id`,
    );
    const answer = await list(`?limit=10&cursor=2000-${UNKNOWN_ID}`);
    expect([answer.body.length, answer.body[0].id]).toEqual([10, (2001).toString(16).padStart(24, "0")]);
    expect(answer.rowsRead).toBeLessThanOrEqual(25);
  });

  test.each(["limit=0", "limit=x", "cursor=", "cursor=x", `cursor=1-${UNKNOWN_ID}0`, `cursor=${UNKNOWN_ID}`])(
    "400 for ?%s",
    async (query) => {
      expect((await list(`?${query}`)).status).toBe(400);
    },
  );
});
