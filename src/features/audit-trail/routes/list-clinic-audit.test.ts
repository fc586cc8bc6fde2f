import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { emptyTrail, losing, trailRows } from "../../../../test/audit/trail.ts";
import { ACTOR, AT, given } from "../../../../test/audit/given.ts";
import {
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  newUserId,
  send,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
  await emptyTrail();
});
const list = (query = "", caller = clinic.admin) => caller.get(`${clinic.path}/audit${query}`);
const idsOf = ({ body }: { body: { requestId: string }[] }) => body.map(({ requestId }) => requestId);
const quiet = (query = "") =>
  send("GET", `${clinic.path}/audit${query}`, { token: clinic.admin.token, through: silent });
/** Without entries of its own, which come when they come. */
const silent = servedIn({ AUDIT_QUEUE: { sendBatch: async () => {} } });

describe("ListClinicAudit", () => {
  test("200 with who did what, latest first, in two round trips and one to the trail", async () => {
    const [patientId, other] = [newUserId(), newUserId()];
    await given([
      { clinicId: clinic.clinicId, actorId: clinic.member.id, patientIds: [patientId, other], at: AT },
      {
        clinicId: clinic.clinicId,
        actorKind: "service",
        actorId: "nightly",
        operation: "UpdateTier",
        outcome: "changed",
        at: AT + 1,
      },
    ]);
    const trail = losing(env.AUDIT_DB, { batch: 99, when: "after" });
    const through = servedIn({ AUDIT_DB: trail, AUDIT_QUEUE: { sendBatch: async () => {} } });
    const answer = await send("GET", `${clinic.path}/audit`, { token: clinic.admin.token, through });
    expect([answer.status, answer.calls, trail.batches, answer.headers.get("x-next-cursor")]).toEqual([
      200,
      2,
      1,
      null,
    ]);
    expect(answer.body).toMatchObject([
      { actorKind: "service", actorId: "nightly", operation: "UpdateTier", outcome: "changed", patientIds: [] },
      {
        time: "2026-03-01T12:00:00.000Z",
        requestId: "r1",
        actorKind: "person",
        actorId: clinic.member.id,
        operation: "GetPatient",
        outcome: "read",
        clinicId: clinic.clinicId,
        patientIds: [patientId, other],
      },
    ]);
    expect("actorName" in answer.body[0]).toBe(false);
  });

  test("200 names members, also those who left, and patients; of others it has the id alone", async () => {
    const patient = await givenPatient(clinic, { fullName: "Kim Patient" });
    const stranger = (await givenClinic()).admin;
    await clinic.admin.delete(`${clinic.path}/clinicians/${clinic.member.id}`);
    const names = {
      [clinic.prescriber.id]: `Clinician ${clinic.prescriber.id}`,
      [clinic.member.id]: `Clinician ${clinic.member.id}`,
      [patient.id]: "Kim Patient",
    };
    const people = [...Object.keys(names), stranger.id];
    // A name that the directory has of somebody of another clinic.
    await env.DB.prepare("UPDATE users SET name = 'Some Stranger' WHERE id = ?").bind(stranger.id).run();
    await emptyTrail();
    await given(people.map((actorId) => ({ clinicId: clinic.clinicId, actorId })));
    const { body, text } = await quiet();
    expect(Object.fromEntries(body.map((it: any) => [it.actorId, it.actorName]))).toEqual({
      ...names,
      [stranger.id]: undefined,
    });
    expect(text).not.toContain("Some Stranger");
  });

  test("200 names a member without a name in the clinic's records as the directory does", async () => {
    const { id } = clinic.prescriber;
    await givenAccount({ sub: id });
    await env.DB.prepare("UPDATE clinicians SET name = NULL WHERE user_id = ?").bind(id).run();
    await emptyTrail();
    await given([{ clinicId: clinic.clinicId, actorId: id }]);
    expect((await quiet()).body).toMatchObject([{ actorId: id, actorName: `Person ${id}` }]);
  });

  test("200 without entries of another clinic, or of none, on any page and with any filter", async () => {
    const elsewhere = (await givenClinic()).clinicId;
    await given(
      Array.from({ length: 30 }, (_, i) => ({
        clinicId: [clinic.clinicId, elsewhere, null][i % 3]!,
        actorId: ACTOR,
        at: AT + i,
      })),
    );
    for (const filter of ["", `&userId=${ACTOR}`, "&from=2026-03-01T12:00:00Z&to=2026-03-02T00:00:00Z"]) {
      const found: string[] = [];
      let cursor = "";
      do {
        const page = await quiet(`?limit=4${filter}${cursor}`);
        expect(page.body.every((it: any) => it.clinicId === clinic.clinicId)).toBe(true);
        found.push(...idsOf(page));
        const next = page.headers.get("x-next-cursor");
        cursor = next === null ? "" : `&cursor=${next}`;
      } while (cursor !== "");
      expect(found).toEqual(Array.from({ length: 10 }, (_, i) => `r${28 - i * 3}`));
    }
  });

  test("200 with what is at `from` or later, and before `to`", async () => {
    await given([0, 1000, 2000].map((after) => ({ clinicId: clinic.clinicId, at: AT + after })));
    expect(idsOf(await quiet("?from=2026-03-01T12:00:01Z"))).toEqual(["r3", "r2"]);
    expect(idsOf(await quiet("?to=2026-03-01T12:00:01Z"))).toEqual(["r1"]);
  });

  test("200 with at most a hundred", async () => {
    await given(Array.from({ length: 101 }, (_, i) => ({ clinicId: clinic.clinicId, at: AT + i })));
    expect((await quiet("?limit=1000")).body).toHaveLength(100);
  });

  test("200 for a service, and nothing of a clinic that is none", async () => {
    await given([{ clinicId: clinic.clinicId }]);
    expect((await clinic.service.get(`${clinic.path}/audit`)).body).toHaveLength(1);
    expect((await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/audit`)).body).toEqual([]);
  });

  test("reading a page is one entry, however many it shows", async () => {
    await given([{ clinicId: clinic.clinicId, patientIds: [newUserId(), newUserId()] }]);
    const sent: any[] = [];
    const through = servedIn({ AUDIT_QUEUE: { sendBatch: async (messages: any[]) => void sent.push(...messages) } });
    await send("GET", `${clinic.path}/audit`, { token: clinic.admin.token, through });
    expect(sent.map(({ body }) => body)).toMatchObject([
      {
        operation: "ListClinicAudit",
        actorId: clinic.admin.id,
        clinicId: clinic.clinicId,
        outcome: "read",
        patientIds: [],
      },
    ]);
  });

  test("403 precedes 400, and asks the trail nothing", async () => {
    const trail = losing(env.AUDIT_DB, { batch: 99, when: "after" });
    const through = servedIn({ AUDIT_DB: trail });
    for (const { token } of [clinic.member, clinic.prescriber, clinic.outsider, (await givenClinic()).admin]) {
      for (const query of ["", "?limit=x"])
        expect((await send("GET", `${clinic.path}/audit${query}`, { token, through })).status).toBe(403);
    }
    expect(trail.batches).toBe(0);
  });

  test.each(["limit=0", "cursor=", "cursor=x", "cursor=1-2-3", "userId=", "userId=x", "from=x", "to=2026-03-01"])(
    "400 for ?%s",
    async (query) => {
      const answer = await list(`?${query}`);
      expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(query.split("=")[0]!)]);
    },
  );

  test("503 while the trail can't be read, 200 afterwards", async () => {
    const through = servedIn({ AUDIT_DB: losing(env.AUDIT_DB, { batch: 1, when: "before" }) });
    expect((await send("GET", `${clinic.path}/audit`, { token: clinic.admin.token, through })).status).toBe(503);
    expect((await list()).status).toBe(200);
    expect(await trailRows("SELECT 1 FROM seals")).toEqual([]);
  });
});
