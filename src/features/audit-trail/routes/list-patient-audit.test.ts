import { beforeEach, describe, expect, test } from "vitest";
import { AT, given } from "../../../../test/audit/given.ts";
import { emptyTrail, sweepAudit } from "../../../../test/audit/trail.ts";
import { type GivenClinic, givenClinic, givenPatient, newUserId, send } from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";

let clinic: GivenClinic;
let patientId: string;
beforeEach(async () => {
  clinic = await givenClinic();
  patientId = (await givenPatient(clinic)).id;
  await emptyTrail();
});
const pathOf = (id = patientId) => `${clinic.path}/patients/${id}/audit`;
const quiet = (query = "", id = patientId) =>
  send("GET", pathOf(id) + query, {
    token: clinic.admin.token,
    through: servedIn({ AUDIT_QUEUE: { sendBatch: async () => {} } }),
  });

/** All pages, one after the other. */
async function all(query: string, id = patientId): Promise<string[]> {
  const found: string[] = [];
  let cursor = "";
  for (let pages = 0; pages < 100; pages++) {
    const page = await quiet(`?${query}${cursor}`, id);
    expect(page.status).toBe(200);
    found.push(...page.body.map((it: any) => it.requestId));
    const next = page.headers.get("x-next-cursor");
    if (next === null) return found;
    cursor = `&cursor=${next}`;
  }
  throw new Error("the pages do not end");
}

describe("ListPatientAudit", () => {
  test("200 with the entries that name the patient, and of those no other patient", async () => {
    const other = newUserId();
    await given([
      { clinicId: clinic.clinicId, patientIds: [other] },
      { clinicId: clinic.clinicId, patientIds: [other, patientId], operation: "ListPatients" },
    ]);
    const answer = await quiet();
    expect([answer.calls, answer.headers.get("x-next-cursor")]).toEqual([2, null]);
    expect(answer.body).toMatchObject([{ requestId: "r2", operation: "ListPatients", patientIds: [patientId] }]);
  });

  test.each(["before", "after"])("200 in pages without gaps and repeats, %s the patients are indexed", async (when) => {
    const elsewhere = (await givenClinic()).clinicId;
    await given(
      Array.from({ length: 240 }, (_, i) => ({
        clinicId: i % 2 ? clinic.clinicId : elsewhere,
        patientIds: i % 3 ? [newUserId()] : [patientId],
        at: AT + i,
      })),
    );
    if (when === "after") await sweepAudit(["index patients"]);
    const expected = Array.from({ length: 240 }, (_, i) => i).filter((i) => i % 2 === 1 && i % 3 === 0);
    for (const limit of [1, 7, 100])
      expect(await all(`limit=${limit}`)).toEqual(expected.toReversed().map((i) => `r${i + 1}`));
  });

  test("200 with the entries of another clinic for nobody", async () => {
    const elsewhere = await givenClinic();
    await given([{ clinicId: elsewhere.clinicId, patientIds: [patientId], actorId: elsewhere.admin.id }]);
    expect(await all("limit=10")).toEqual([]);
  });

  test("200 for a patient who was deleted, and with nothing for nobody", async () => {
    await given([{ clinicId: clinic.clinicId, patientIds: [patientId] }]);
    await clinic.admin.delete(`${clinic.path}/patients/${patientId}`);
    expect((await clinic.admin.get(`${clinic.path}/patients/${patientId}`)).status).toBe(404);
    expect(await all("limit=10")).toContain("r1");
    expect(await all("limit=10", newUserId())).toEqual([]);
  });

  test("200 after two records were merged: each with what was done under its id", async () => {
    const [from, into] = [await givenPatient(clinic), await givenPatient(clinic)];
    const merged = await clinic.admin.post(`${clinic.path}/patients/${into.id}/merge`, {
      sourceId: from.id,
      accept: ["not-alike"],
    });
    expect(merged.status, merged.text).toBe(200);
    await emptyTrail();
    await given([
      { clinicId: clinic.clinicId, patientIds: [from.id] },
      { clinicId: clinic.clinicId, patientIds: [into.id] },
    ]);
    expect([await all("limit=10", from.id), await all("limit=10", into.id)]).toEqual([["r1"], ["r2"]]);
  });

  test("200 with what one user did, at a time", async () => {
    const actorId = clinic.member.id;
    await given(
      [{ actorId, at: AT }, { at: AT }, { actorId, at: AT + 60_000 }].map((it) => ({
        ...it,
        clinicId: clinic.clinicId,
        patientIds: [patientId],
      })),
    );
    expect(await all(`limit=10&userId=${actorId}`)).toEqual(["r3", "r1"]);
    expect(await all(`limit=10&userId=${actorId}&to=2026-03-01T12:01:00Z`)).toEqual(["r1"]);
  });

  test("reading a page is one entry about the patient", async () => {
    const sent: any[] = [];
    const through = servedIn({ AUDIT_QUEUE: { sendBatch: async (messages: any[]) => void sent.push(...messages) } });
    await send("GET", pathOf(), { token: clinic.admin.token, through });
    expect(sent.map(({ body }) => body)).toMatchObject([
      { operation: "ListPatientAudit", clinicId: clinic.clinicId, outcome: "read", patientIds: [patientId] },
    ]);
  });

  test("403 for members and the patient, before 400", async () => {
    for (const caller of [clinic.member, clinic.prescriber, clinic.outsider])
      expect((await caller.get(`${pathOf()}?limit=x`)).status).toBe(403);
  });

  test.each(["limit=0", "cursor=x", "userId=x", "from=x"])("400 for ?%s", async (query) => {
    expect((await clinic.admin.get(`${pathOf()}?${query}`)).status).toBe(400);
  });
});
