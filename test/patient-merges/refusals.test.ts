import { describe, expect, test, vi } from "vitest";
import {
  auditRows,
  everythingStored,
  type GivenClinic,
  givenClinic,
  givenPatient,
  newUserId,
  person,
  rows,
  UNKNOWN_ID,
} from "../harness.ts";
import { lockPair } from "../merge-rows.ts";
import { givenTwo, merge } from "../patient-merges.ts";

/** Who may merge, what is refused and in which order, and what can be accepted. */

const NOBODY = "0123456789";
const told = async (answer: ReturnType<typeof merge>) => {
  const { status, body } = await answer;
  return `${status} ${body.message}`;
};

describe("access", () => {
  test("only admins of the clinic merge and undo; its members and services look", async () => {
    const { clinic, a, b } = await givenTwo();
    const other = await givenClinic();
    const c = await givenPatient(clinic, { fullName: "rosa diaz", birthDate: "1987-02-03", mrn: "C" });
    const { id } = (await merge(clinic, b.id, a.id)).body;
    const at = `${clinic.path}/patients/${b.id}`;
    const calls: Record<string, [string, string, object?]> = {
      merge: ["POST", `${at}/merge?dryRun=true`, { sourceId: c.id }],
      mergeOfNobody: ["POST", `${clinic.path}/patients/${NOBODY}/merge`, { sourceId: c.id }],
      undo: ["POST", `${clinic.path}/patient_merges/${id}/undo?dryRun=true`],
      undoOfNothing: ["POST", `${clinic.path}/patient_merges/${UNKNOWN_ID}/undo`],
      get: ["GET", `${clinic.path}/patient_merges/${id}`],
      getNothing: ["GET", `${clinic.path}/patient_merges/${UNKNOWN_ID}`],
      list: ["GET", `${at}/merges`],
      listNobody: ["GET", `${clinic.path}/patients/${NOBODY}/merges`],
    };
    const callers = {
      admin: clinic.admin,
      member: clinic.member,
      service: clinic.service,
      prescriber: clinic.prescriber,
      outsider: clinic.outsider,
      otherAdmin: other.admin,
      target: await person({ sub: b.id }),
      source: await person({ sub: a.id }),
    };
    const all = async (caller: (typeof callers)["admin"]) =>
      (await Promise.all(Object.values(calls).map(([method, path, body]) => caller.send(method, path, body)))).map(
        ({ status }) => status,
      );
    expect(await all(callers.admin)).toEqual([200, 404, 200, 404, 200, 404, 200, 404]);
    for (const name of ["member", "service"] as const)
      expect([name, ...(await all(callers[name]))]).toEqual([name, 403, 403, 403, 403, 200, 404, 200, 404]);
    for (const name of ["prescriber", "outsider", "otherAdmin", "target", "source"] as const)
      expect([name, ...(await all(callers[name]))]).toEqual([name, ...Array(8).fill(403)]);
  });
});

describe("refusals", () => {
  test("come in their order: itself, target, source, clinic merge, plan, blocked", async () => {
    const { clinic, a, b } = await givenTwo();
    const other = await givenClinic();
    const c = await givenPatient(clinic);
    await lockPair({ sourceId: clinic.clinicId, targetId: other.clinicId });
    const wrong = { plan: "0".repeat(64) };
    const before = await everythingStored();
    expect(await told(merge(clinic, NOBODY, NOBODY, wrong))).toBe(
      "400 bad request: a patient can't be merged into itself",
    );
    expect(await told(merge(clinic, NOBODY, UNKNOWN_ID.slice(0, 10).replace("0", "1"), wrong))).toBe(
      "404 patient not found",
    );
    expect(await told(merge(clinic, b.id, NOBODY, wrong))).toBe("404 source patient not found");
    expect(await told(merge(clinic, b.id, c.id, wrong))).toMatch(/^409 .*clinic merge in progress$/);
    const dry = await merge(clinic, b.id, c.id, {}, "?dryRun=true");
    expect([dry.status, dry.body.allowed]).toEqual([200, false]);
    expect(await everythingStored()).toBe(before);
    await rows("DELETE FROM merge_participants WHERE clinic_id IN (?, ?) RETURNING 1", clinic.clinicId, other.clinicId);
    const old = await merge(clinic, b.id, c.id, wrong);
    const { account: _, ...planned } = dry.body;
    expect([old.status, old.body.current]).toEqual([409, expect.objectContaining(planned)]);
    expect((await merge(clinic, b.id, c.id, { plan: dry.body.plan })).status).toBe(400);
    expect((await merge(clinic, b.id, c.id, { plan: dry.body.plan, accept: ["not-alike"] })).status).toBe(200);
    expect(await told(merge(clinic, c.id, a.id, wrong))).toBe("404 patient not found");
  });

  test.each([
    { accept: ["both-claimed"] },
    { accept: ["not-alike", "not-alike"] },
    { take: ["tags"] },
    { plan: "x" },
    { sourceId: "" },
  ])("of a malformed body: %j", async (more) => {
    const { clinic, a, b } = await givenTwo();
    expect((await merge(clinic, b.id, a.id, more)).status).toBe(400);
    expect((await merge(clinic, b.id, a.id, {}, "?dryRun=maybe")).status).toBe(400);
  });

  test("of a plan end where something is changed that a person decides by, and nowhere else", async () => {
    const { clinic, a, b, t1 } = await givenTwo();
    const plan = async (more: object = {}) => (await merge(clinic, b.id, a.id, more, "?dryRun=1")).body.plan as string;
    const first = await plan();
    expect(await plan({ accept: ["data-stays"] })).toBe(first);
    expect(await plan({ take: ["mrn"] })).not.toBe(first);
    await clinic.admin.put(`${clinic.path}/patients/${b.id}/reviews`);
    await clinic.member.post(`${clinic.path}/patients/${a.id}/upload_reminder`);
    await rows(
      "UPDATE patients SET version = version + 1, cgm_last_updated_at = 5 WHERE user_id = ? RETURNING 1",
      b.id,
    );
    expect(await plan()).toBe(first);
    await clinic.member.put(`${clinic.path}/patients/${a.id}`, {
      fullName: "Rosa Diaz",
      birthDate: "1987-02-03",
      mrn: "A-18",
      tags: [t1.id],
    });
    expect(await plan()).not.toBe(first);
  });
});

describe("what blocks", () => {
  async function givenEverything(clinic: GivenClinic) {
    const b = await givenPatient(clinic);
    const a = await givenPatient(clinic, { mrn: `M ${newUserId()}` });
    const sources = [{ providerName: "dexcom", state: "connected", dataSourceId: "0a".repeat(12) }];
    await clinic.service.put(`/v1/patients/${a.id}/data_sources`, sources);
    const orders = { summaryAndReports: { active: true, matchedMessages: [{ id: "x" }], createdAt: 1, updatedAt: 1 } };
    await rows("UPDATE patients SET ehr_subscriptions = ? WHERE user_id = ? RETURNING 1", JSON.stringify(orders), b.id);
    const other = await givenClinic();
    const shared = await other.service.post(`${other.path}/patients/${a.id}`, { permissions: { view: {} } });
    expect(shared.status, shared.text).toBe(200);
    return { a: a.id as string, b: b.id as string };
  }
  const ALL = ["not-alike", "data-stays", "connection-stays", "orders-end", "records-elsewhere"];

  test("is named in order, and until it is accepted, one by one", async () => {
    const clinic = await givenClinic();
    const { a, b } = await givenEverything(clinic);
    await rows("UPDATE patients SET birth_date = '1999-01-01' WHERE user_id = ? RETURNING 1", a);
    for (let n = 0; n < ALL.length; n++) {
      const { status, body } = await merge(clinic, b, a, { accept: ALL.slice(0, n) });
      const left = ALL.slice(n);
      expect([status, body.acceptable, body.errors.map(({ reason }: any) => reason)]).toEqual([400, left, left]);
      expect(
        body.errors.every(({ acceptable, message, count }: any) => acceptable && message !== "" && count === 1),
      ).toBe(true);
    }
    expect((await merge(clinic, b, a, { accept: ALL })).status).toBe(200);
  });

  test("and cannot be accepted: an MRN that a third record has, with who has it", async () => {
    const clinic = await givenClinic();
    const { a, b } = await givenEverything(clinic);
    const [{ mrn }] = (await rows<{ mrn: string }>("SELECT mrn FROM patients WHERE user_id = ?", a)) as [
      { mrn: string },
    ];
    const third = await givenPatient(clinic, { mrn: mrn.toLowerCase() });
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: false, unique: true });
    const { body } = await merge(clinic, b, a, { accept: ALL, take: ["email"] });
    expect(body.errors).toMatchObject([
      { reason: "mrn-taken", acceptable: false, ids: [third.id], count: 1 },
      { reason: "take-not-possible", acceptable: false },
    ]);
    expect(body.acceptable).toEqual([]);
    expect((await merge(clinic, third.id, a, { accept: ALL })).status).toBe(200);
  });
});

describe("a dry run", () => {
  test("writes nothing but that both were read", async () => {
    const { clinic, a, b } = await givenTwo();
    const before = await everythingStored();
    const planned = await merge(clinic, b.id, a.id, { take: ["fullName"] }, "?dryRun=true");
    expect([planned.status, planned.calls]).toEqual([200, 1]);
    expect(await everythingStored()).toBe(before);
    await vi.waitFor(async () => {
      const read = await auditRows({ operation: "MergePatient", clinic_id: clinic.clinicId, outcome: "read" });
      expect(new Set(read.map(({ patient_id: id }) => id))).toEqual(new Set([a.id, b.id]));
    });
    const done = await merge(clinic, b.id, a.id);
    const changed = await auditRows({ operation: "MergePatient", clinic_id: clinic.clinicId, outcome: "changed" });
    expect([done.status, new Set(changed.map(({ patient_id: id }) => id))]).toEqual([200, new Set([a.id, b.id])]);
  });
});
