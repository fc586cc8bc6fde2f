import { beforeEach, describe, expect, test } from "vitest";
import { ACTOR, AT, given } from "../../../../test/audit/given.ts";
import { emptyTrail } from "../../../../test/audit/trail.ts";
import { givenClinic, newUserId, send, service, UNKNOWN_ID } from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";

beforeEach(emptyTrail);
const sent: any[] = [];
const through = servedIn({ AUDIT_QUEUE: { sendBatch: async (messages: any[]) => void sent.push(...messages) } });
const list = async (query: string) =>
  send("GET", `/v1/audit/accesses?${query}`, { token: (await service()).token, through });

describe("ListAccesses", () => {
  test("200 by patient, user, clinic and time, in pages, without reading the records", async () => {
    const patientId = newUserId();
    await given(
      Array.from({ length: 24 }, (_, i) => ({
        at: AT + i * 1000,
        clinicId: i % 2 ? UNKNOWN_ID : null,
        actorId: i % 3 ? ACTOR : "bbbbbbbbbb",
        patientIds: i % 4 ? [] : [patientId],
      })),
    );
    const half = "&from=2026-03-01T12:00:12Z";
    const cases: [string, (i: number) => boolean][] = [
      ["", () => true],
      [`&patientId=${patientId}`, (i) => i % 4 === 0],
      [`&userId=${ACTOR}`, (i) => i % 3 !== 0],
      [`&clinicId=${UNKNOWN_ID}`, (i) => i % 2 === 1],
      [`&clinicId=${UNKNOWN_ID}&userId=${ACTOR}`, (i) => i % 2 === 1 && i % 3 !== 0],
      [`&patientId=${patientId}&userId=${ACTOR}`, (i) => i % 4 === 0 && i % 3 !== 0],
    ];
    for (const [filter, isMeant] of [...cases, ...cases.map((it) => [it[0] + half, it[1]] as const)]) {
      const found: string[] = [];
      let cursor = "";
      do {
        const page = await list(`limit=5${filter}${cursor}`);
        expect([page.status, page.calls]).toEqual([200, 0]);
        expect(page.body.every((it: object) => !("actorName" in it))).toBe(true);
        found.push(...page.body.map((it: any) => it.requestId));
        const next = page.headers.get("x-next-cursor");
        cursor = next === null ? "" : `&cursor=${next}`;
      } while (cursor !== "");
      const meant = Array.from({ length: 24 }, (_, i) => i).filter(
        (i) => isMeant(i) && (!filter.includes(half) || i >= 12),
      );
      expect([filter, found]).toEqual([filter, meant.toReversed().map((i) => `r${i + 1}`)]);
    }
  });

  test("reading a page is one entry about what was asked for", async () => {
    const patientId = newUserId();
    sent.length = 0;
    await list(`patientId=${patientId}&clinicId=${UNKNOWN_ID}`);
    await list("");
    expect(sent.map(({ body }) => body)).toMatchObject([
      { operation: "ListAccesses", clinicId: UNKNOWN_ID, patientIds: [patientId], outcome: "read" },
      { operation: "ListAccesses", clinicId: null, patientIds: [] },
    ]);
  });

  test("403 for an admin", async () => {
    expect((await (await givenClinic()).admin.get("/v1/audit/accesses")).status).toBe(403);
  });

  test.each(["limit=0", "cursor=x", "userId=x", "patientId=", "clinicId=x", "to=x"])("400 for ?%s", async (query) => {
    expect((await list(query)).status).toBe(400);
  });
});
