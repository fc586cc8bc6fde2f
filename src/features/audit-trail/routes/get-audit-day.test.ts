import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { AT, given } from "../../../../test/audit/given.ts";
import { emptyTrail, sweepAudit } from "../../../../test/audit/trail.ts";
import { type Caller, givenClinic, send, service } from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";

const DAY_MS = 86_400_000;
const DAY = "2026-03-01";
let backend: Caller;
beforeEach(async () => {
  backend = await service();
  await emptyTrail();
});
const get = (date = DAY) => backend.get(`/v1/audit/days/${date}`);

/** Seals and exports so many entries, in parts of a thousand. */
async function givenExport(count: number): Promise<void> {
  await given(Array.from({ length: count }, () => ({ at: AT })));
  await sweepAudit(["seal"], { now: AT + 3_600_000 });
  await sweepAudit(["export days"], { now: AT + DAY_MS });
}

describe("GetAuditDay", () => {
  test("200 with all parts, one behind the other, entries before their seals", async () => {
    await givenExport(2300);
    const answer = await get();
    expect([answer.status, answer.headers.get("content-type"), answer.calls]).toEqual([200, "application/x-ndjson", 0]);
    const lines = answer.text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.filter((it) => "id" in it).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 2300 }, (_, i) => i + 1),
    );
    expect(lines.filter((it) => "hash" in it).map(({ seal }) => seal)).toEqual([1000, 2000, 2300]);
    expect(lines.at(-1)).toMatchObject({ seal: 2300, isIntact: true });
  });

  test("reading it is one entry", async () => {
    await givenExport(1);
    const sent: any[] = [];
    const through = servedIn({ AUDIT_QUEUE: { sendBatch: async (messages: any[]) => void sent.push(...messages) } });
    await send("GET", `/v1/audit/days/${DAY}`, { token: backend.token, through });
    expect(sent.map(({ body }) => body)).toMatchObject([
      { operation: "GetAuditDay", clinicId: null, patientIds: [], outcome: "read" },
    ]);
  });

  test("breaks off where a part is missing", async () => {
    await givenExport(1200);
    await env.AUDIT_EXPORTS.delete(`${DAY}/000002.ndjson`);
    const through = servedIn({});
    await expect(send("GET", `/v1/audit/days/${DAY}`, { token: backend.token, through })).rejects.toThrow();
  });

  test("503 where the export can't be read", async () => {
    await givenExport(1);
    await env.AUDIT_EXPORTS.delete(`${DAY}/000001.ndjson`);
    expect((await get()).status).toBe(503);
    const through = servedIn({
      AUDIT_EXPORTS: {
        get: async () => {
          throw new Error("R2 is away");
        },
      },
    });
    expect((await send("GET", `/v1/audit/days/${DAY}`, { token: backend.token, through })).status).toBe(503);
  });

  test("404 for a day on which nothing was sealed, that is not exported, or that is none", async () => {
    await given([{}]);
    await sweepAudit(["seal"], { now: AT + 3_600_000 });
    for (const date of [DAY, "2026-02-28", "2026-02-30", "2026-13-01"]) expect((await get(date)).status).toBe(404);
    await sweepAudit(["export days"], { now: AT + DAY_MS });
    expect((await get()).status).toBe(200);
  });

  test("400 for what is no date, 403 for an admin before it", async () => {
    expect((await get("yesterday")).status).toBe(400);
    expect((await (await givenClinic()).admin.get("/v1/audit/days/yesterday")).status).toBe(403);
  });
});
