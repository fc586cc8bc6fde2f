import { beforeEach, describe, expect, test } from "vitest";
import { AT, given } from "../../../../test/audit/given.ts";
import { emptyTrail, sweepAudit, trailRows } from "../../../../test/audit/trail.ts";
import { type Caller, givenClinic, service } from "../../../../test/harness.ts";

const DAY_MS = 86_400_000;
let backend: Caller;
beforeEach(async () => {
  backend = await service();
  await emptyTrail();
});
const list = (query = "") => backend.get(`/v1/audit/days${query}`);

describe("ListAuditDays", () => {
  test("200 with what was sealed on each day, latest first", async () => {
    await given([{}, {}]);
    await sweepAudit(["seal"], { now: AT + 3_600_000 });
    await sweepAudit(["export days"], { now: AT + DAY_MS });
    const [seal] = await trailRows("SELECT hash FROM seals");
    const answer = await list();
    expect([answer.status, answer.calls]).toEqual([200, 0]);
    expect(answer.body).toEqual([
      {
        date: "2026-03-01",
        first: 1,
        last: 2,
        entries: 2,
        hash: seal!.hash,
        parts: 1,
        broken: 0,
        exportedTime: "2026-03-02T12:00:00.000Z",
      },
    ]);
  });

  test("200 in pages", async () => {
    await trailRows(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5)
       INSERT INTO audit_days (day, first, last, entries, hash, exported_to, parts, broken)
       SELECT '2026-03-0' || i, i, i, 1, '', 0, 0, 0 FROM n`,
    );
    const dates = ({ body }: { body: { date: string }[] }) => body.map(({ date }) => date);
    const page = await list("?limit=3");
    expect(dates(page)).toEqual(["2026-03-05", "2026-03-04", "2026-03-03"]);
    const rest = await list(`?limit=3&cursor=${page.headers.get("x-next-cursor")}`);
    expect([dates(rest), rest.headers.get("x-next-cursor")]).toEqual([["2026-03-02", "2026-03-01"], null]);
  });

  test("403 for an admin", async () => {
    expect((await (await givenClinic()).admin.get("/v1/audit/days")).status).toBe(403);
  });

  test.each(["limit=0", "cursor=", "cursor=x"])("400 for ?%s", async (query) => {
    expect((await list(`?${query}`)).status).toBe(400);
  });
});
