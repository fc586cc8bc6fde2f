import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  newUserId,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { interrupted, unchanging } from "../../../../test/patient-rows.ts";
import { givenSummary, type StatsValues, statsWith } from "../../../../test/summaries.ts";

let lastId = 0;
const newSummaryId = () => (0xabc000 + ++lastId).toString(16).padStart(24, "0");

let clinics: GivenClinic[];
let user: Caller;
let cgmStats: StatsValues;
let bgmStats: StatsValues;
beforeEach(async () => {
  clinics = [await givenClinic(), await givenClinic()];
  user = await givenAccount();
  cgmStats = { ...(await statsWith("cgm", { totalRecords: 1 }, { period: "mine" })), id: newSummaryId() };
  bgmStats = { ...(await statsWith("bgm", { totalRecords: 2 })), id: newSummaryId() };
  for (const { service, path } of clinics) {
    expect((await service.post(`${path}/patients/${user.id}`)).status).toBe(200);
  }
  for (const { clinicId } of clinics) await givenSummary(clinicId, user.id, { cgmStats, bgmStats });
});
const remove = (summaryId: string, headers?: Record<string, string>) =>
  clinics[0]!.service.delete(`/v1/summaries/${summaryId}/clinics`, headers);
const read = async (it: GivenClinic, id = user.id) => (await it.member.get(`${it.path}/patients/${id}`)).body;

describe("DeletePatientSummary", () => {
  test("200 takes the summary from every record that has it, in one round trip; updatedTime stays", async () => {
    const before = await Promise.all(clinics.map((it) => read(it)));
    const answer = await remove(cgmStats.id);
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 1]);
    for (const [i, it] of clinics.entries()) expect(await read(it)).toEqual({ ...before[i], summary: { bgmStats } });
    expect(
      await rows("SELECT period FROM cgm_periods JOIN patients ON key = patient_key WHERE user_id = ?", user.id),
    ).toEqual([]);
    const audited = await rows(
      "SELECT clinic_id, patient_id FROM audit_log WHERE request_id = ? AND outcome = 'changed'",
      answer.headers.get("x-request-id"),
    );
    expect(audited).toHaveLength(2);
    expect(audited).toEqual(
      expect.arrayContaining(clinics.map(({ clinicId }) => ({ clinic_id: clinicId, patient_id: user.id }))),
    );
  });

  test("200 for a BGM summary, and for an id that both types have", async () => {
    const [first] = clinics;
    expect((await remove(bgmStats.id)).status).toBe(200);
    expect((await read(first!)).summary).toEqual({ cgmStats });
    await givenSummary(first!.clinicId, user.id, { bgmStats: { ...bgmStats, id: cgmStats.id, periods: {} } });
    expect((await remove(cgmStats.id)).status).toBe(200);
    expect(await read(first!)).not.toHaveProperty("summary");
    expect(await read(clinics[1]!)).not.toHaveProperty("summary");
  });

  test("200 leaves the summaries of others alone", async () => {
    const { id } = await givenPatient(clinics[0]!);
    const other = { cgmStats: { ...cgmStats, id: newSummaryId() } };
    await givenSummary(clinics[0]!.clinicId, id, other);
    const before = await read(clinics[0]!, id);
    await remove(cgmStats.id);
    expect(await read(clinics[0]!, id)).toEqual(before);
  });

  test("204 the second time and for an id nobody has, and nothing is stored", async () => {
    await remove(cgmStats.id);
    for (const summaryId of [cgmStats.id, newSummaryId(), "0"]) {
      const answer = await unchanging(() => remove(summaryId, { "idempotency-key": newUserId() }));
      expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 1]);
    }
  });

  test.each(["xyz", "A".repeat(24), "a".repeat(25)])("400 for the id %s", async (summaryId) => {
    const answer = await remove(summaryId);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining('"summaryId"')]);
  });

  test("403 for a person", async () => {
    expect((await clinics[0]!.admin.delete(`/v1/summaries/${cgmStats.id}/clinics`)).status).toBe(403);
    expect((await user.delete(`/v1/summaries/${cgmStats.id}/clinics`)).status).toBe(403);
  });

  test("of eight at once one removes it, the rest find nothing", async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, () => remove(cgmStats.id)));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(204)]);
  });

  test("an update of the patient that had read the summary is not answered with it", async () => {
    const { member, path } = clinics[0]!;
    const body = { fullName: "Ada", birthDate: "1980-01-31" };
    const request = { method: "PUT", path: `${path}/patients/${user.id}`, body };
    const answer = await interrupted(member, request, () => remove(cgmStats.id));
    expect([answer.status, answer.body.summary]).toEqual([200, { bgmStats }]);
    expect(await read(clinics[0]!)).toEqual(answer.body);
  });

  test("200 again with the Idempotency-Key", async () => {
    const key = { "idempotency-key": newUserId() };
    await remove(cgmStats.id, key);
    const again = await remove(cgmStats.id, key);
    expect([again.status, again.text, again.headers.get("idempotent-replayed")]).toEqual([200, "", "true"]);
  });
});
