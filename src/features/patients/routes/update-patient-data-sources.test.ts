import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  newUserId,
  rows,
  service,
  statuses,
} from "../../../../test/harness.ts";
import { unchanging } from "../../../../test/patient-rows.ts";

const DEMO_PATIENT = "de30de30de";
let clinics: GivenClinic[];
let user: Caller;
beforeEach(async () => {
  clinics = await Promise.all(Array.from({ length: 5 }, () => givenClinic()));
  user = await givenAccount();
  for (const clinic of clinics) {
    const linked = await clinic.service.post(`${clinic.path}/patients/${user.id}`, { permissions: { view: {} } });
    expect(linked.status).toBe(200);
  }
});
const replace = async (body?: unknown, userId = user.id, headers?: Record<string, string>) =>
  (await service()).put(`/v1/patients/${userId}/data_sources`, body, headers);
const recordIn = async ({ member, path }: GivenClinic) => (await member.get(`${path}/patients/${user.id}`)).body;
const countIn = async ({ member, path }: GivenClinic) => (await member.get(`${path}/patient_count`)).body;
const version = async ({ clinicId }: GivenClinic) =>
  rows("SELECT version, updated_at FROM clinics WHERE id = ?", clinicId);

/** What the numbers of a clinic should be, counted from its patients and nothing else. */
async function recounted({ clinicId }: GivenClinic) {
  const patients = await rows<{ user_id: string; data_sources: string | null }>(
    "SELECT user_id, data_sources FROM patients WHERE clinic_id = ?",
    clinicId,
  );
  const real = patients.filter(({ user_id }) => user_id !== DEMO_PATIENT);
  const entries = real.map(({ data_sources }) => JSON.parse(data_sources ?? "[]") as Record<string, string>[]);
  const providers: Record<string, { total: number; states: Record<string, number> }> = {};
  for (const { providerName, state } of entries.flat()) {
    const provider = (providers[providerName!] ??= { total: 0, states: {} });
    provider.total += 1;
    provider.states[state!] = (provider.states[state!] ?? 0) + 1;
  }
  const plan = entries.filter((list) => list.every(({ providerName }) => providerName !== "twiist")).length;
  const base = { total: patients.length, demo: patients.length - real.length, plan };
  return Object.keys(providers).length > 0 ? { ...base, providers } : base;
}

describe("UpdatePatientDataSources", () => {
  test("200 without a body replaces the list in all five clinics, in one round trip, with an audit row for each", async () => {
    const before = await recordIn(clinics[0]!);
    const versions = await version(clinics[0]!);
    await replace([{ providerName: "abbott", state: "error" }]);
    const sources = [
      {
        providerName: "dexcom",
        state: "connected",
        dataSourceId: "0123456789abcdef01234567",
        modifiedTime: "2026-03-01T10:30:00+01:00",
        latestDataTime: "2026-03-01T09:00:00.5Z",
        expirationTime: "2026-04-01T09:00:00Z",
      },
      { providerName: "dexcom", state: "disconnected" },
    ];
    const answer = await replace(sources);
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 1]);
    const after = await recordIn(clinics[0]!);
    expect(after).toEqual({
      ...before,
      updatedTime: after.updatedTime,
      dataSources: [
        {
          ...sources[0],
          modifiedTime: "2026-03-01T09:30:00.000Z",
          latestDataTime: "2026-03-01T09:00:00.500Z",
          expirationTime: "2026-04-01T09:00:00.000Z",
        },
        sources[1],
      ],
    });
    expect(Date.parse(after.updatedTime)).toBeGreaterThan(Date.parse(before.updatedTime));
    for (const clinic of clinics) expect((await recordIn(clinic)).dataSources).toEqual(after.dataSources);
    expect(await version(clinics[0]!)).toEqual(versions);
    const audited = await rows<{ clinic_id: string }>(
      "SELECT clinic_id FROM audit_log WHERE request_id = ? AND patient_id = ? AND outcome = 'changed'",
      answer.headers.get("x-request-id"),
      user.id,
    );
    expect(audited.map((row) => row.clinic_id).toSorted()).toEqual(clinics.map((it) => it.clinicId).toSorted());
  });

  test("200 for an empty list clears; what a clinic has asked for and its other patients stay", async () => {
    const [clinic] = clinics as [GivenClinic];
    const other = await givenPatient(clinic, { dataSources: [{ providerName: "twiist", state: "pending" }] });
    await replace([{ providerName: "dexcom", state: "pending" }]);
    const requests = JSON.stringify({ dexcom: [{ providerName: "dexcom", createdTime: "2026-01-01T00:00:00.000Z" }] });
    await rows("UPDATE patients SET connection_requests = ? WHERE user_id = ? RETURNING key", requests, user.id);
    const { connectionRequests } = await recordIn(clinic);
    await replace([]);
    expect(await recordIn(clinic)).toMatchObject({ dataSources: [], connectionRequests });
    expect((await clinic.member.get(`${clinic.path}/patients/${other.id}`)).body).toEqual(other);
  });

  test("200 keeps the numbers of every clinic equal to a recount, through any sequence", async () => {
    const source = fc.record({
      providerName: fc.constantFrom("dexcom", "twiist", "abbott", "other"),
      state: fc.constantFrom("pending", "connected", "error"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(source, { maxLength: 4 }), { minLength: 1, maxLength: 4 }), async (lists) => {
        for (const list of lists) expect((await replace(list)).status).toBe(200);
        for (const clinic of clinics.slice(0, 2)) expect(await countIn(clinic)).toEqual(await recounted(clinic));
      }),
      { numRuns: 10 },
    );
    await Promise.all([
      ...["twiist", "dexcom", "twiist"].map((providerName) => replace([{ providerName, state: "error" }])),
      user.delete(`${clinics[0]!.path}/patients/${user.id}`),
    ]);
    for (const clinic of clinics) expect(await countIn(clinic)).toEqual(await recounted(clinic));
  });

  test("200 for the demo patient, who is never counted", async () => {
    const [clinic] = clinics as [GivenClinic];
    const before = await countIn(clinic);
    expect((await replace([{ providerName: "dexcom", state: "connected" }], DEMO_PATIENT)).status).toBe(200);
    const { body } = await clinic.member.get(`${clinic.path}/patients/${DEMO_PATIENT}`);
    expect(body.dataSources).toEqual([{ providerName: "dexcom", state: "connected" }]);
    expect(await countIn(clinic)).toEqual(before);
    await clinic.service.post(`${clinic.path}/patient_count/refresh`);
    expect(await countIn(clinic)).toEqual(before);
    await replace([], DEMO_PATIENT);
  });

  test("200 for a user who is nobody's patient changes nothing", async () => {
    const answer = await unchanging(() => replace([{ providerName: "dexcom", state: "error" }], newUserId()));
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });

  test.each([
    undefined,
    "null",
    {},
    [{}],
    [{ providerName: "dexcom" }],
    [{ providerName: "", state: "error" }],
    [{ providerName: "dexcom", state: "lost" }],
    [{ providerName: "dexcom", state: "error", modifiedTime: "yesterday" }],
  ])("400 on %j changes nothing", async (body) => {
    expect((await unchanging(() => replace(body))).status).toBe(400);
  });

  test("403 for the user themself and for an admin", async () => {
    for (const caller of [user, clinics[0]!.admin]) {
      const answer = await unchanging(() => caller.put(`/v1/patients/${user.id}/data_sources`, []));
      expect(answer.status).toBe(403);
    }
  });

  test("of eight at once all succeed and all clinics have the list of the last", async () => {
    const states = [
      "pending",
      "pendingReconnect",
      "connected",
      "disconnected",
      "error",
      "pending",
      "error",
      "connected",
    ];
    expect(statuses(await Promise.all(states.map((state) => replace([{ providerName: "dexcom", state }]))))).toEqual(
      Array(8).fill(200),
    );
    const lists = await Promise.all(clinics.map(async (clinic) => (await recordIn(clinic)).dataSources));
    expect(new Set(lists.map((list) => JSON.stringify(list))).size).toBe(1);
    for (const clinic of clinics) expect(await countIn(clinic)).toEqual(await recounted(clinic));
  });

  test("a repeat with the same Idempotency-Key changes nothing", async () => {
    const key = { "idempotency-key": "s-1" };
    const list = [{ providerName: "dexcom", state: "connected" }];
    await replace(list, user.id, key);
    await replace([]);
    const again = await replace(list, user.id, key);
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
    expect((await recordIn(clinics[0]!)).dataSources).toEqual([]);
  });
});
