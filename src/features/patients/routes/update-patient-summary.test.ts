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
import { unchanging } from "../../../../test/patient-rows.ts";
import { type StatsValues, statsWith } from "../../../../test/summaries.ts";

let clinic: GivenClinic;
let user: Caller;
let cgmStats: StatsValues;
let bgmStats: StatsValues;
beforeEach(async () => {
  clinic = await givenClinic();
  user = await givenAccount();
  await linkTo(clinic);
  cgmStats = await statsWith("cgm", { timeInTargetPercent: 0.71, totalRecords: 4000 });
  bgmStats = await statsWith("bgm", { averageGlucoseMmol: 8.25 }, { period: "7d" });
});
const linkTo = async (it: GivenClinic) => {
  expect((await it.service.post(`${it.path}/patients/${user.id}`, { fullName: "Ada" })).status).toBe(200);
};
const update = (body?: unknown, headers?: Record<string, string>) =>
  clinic.service.post(`/v1/patients/${user.id}/summary`, body, headers);
const read = async (it = clinic, id = user.id) => (await it.member.get(`${it.path}/patients/${id}`)).body;
const stored = () => rows("SELECT * FROM patients WHERE user_id = ? ORDER BY key", user.id);
const given = (stats: StatsValues, fields: object) => ({ ...stats, ...fields });

describe("UpdatePatientSummary", () => {
  test("200 gives all records of the user both summaries, in one round trip, with an audit row each", async () => {
    const clinics = [clinic, ...(await Promise.all(Array.from({ length: 4 }, () => givenClinic())))];
    for (const other of clinics.slice(1)) await linkTo(other);
    const answer = await update({ cgmStats, bgmStats });
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 1]);
    for (const it of clinics) expect((await read(it)).summary).toEqual({ cgmStats, bgmStats });
    const audited = await rows(
      "SELECT clinic_id, patient_id, operation, outcome FROM audit_log WHERE request_id = ? ORDER BY id",
      answer.headers.get("x-request-id"),
    );
    const expected = clinics.map(({ clinicId }) => ({
      clinic_id: clinicId,
      patient_id: user.id,
      operation: "UpdatePatientSummary",
      outcome: "changed",
    }));
    expect(audited).toEqual(expect.arrayContaining(expected));
    expect(audited).toHaveLength(5);
  });

  test("200 touches nobody else and nothing but the summary, the time and the version", async () => {
    const { id: otherId } = await givenPatient(clinic);
    const other = await read(clinic, otherId);
    const [before] = await stored();
    await update({ cgmStats });
    const [after] = await stored();
    const changed = Object.keys(after!).filter((name) => after![name] !== before![name]);
    expect(changed.filter((name) => !name.startsWith("cgm_")).toSorted()).toEqual(["updated_at", "version"]);
    expect(after!.version).toBe((before!.version as number) + 1);
    expect(after!.updated_at as number).toBeGreaterThan(before!.updated_at as number);
    expect(await read(clinic, otherId)).toEqual(other);
  });

  test("200 replaces a type whole and leaves the other as it is", async () => {
    await update({ cgmStats, bgmStats });
    const smaller = { id: "abc", config: cgmStats.config, dates: cgmStats.dates, periods: {} };
    await update({ cgmStats: smaller });
    const { periods: _, ...withoutPeriods } = smaller;
    expect((await read()).summary).toEqual({ cgmStats: withoutPeriods, bgmStats });
    await update({ bgmStats: await statsWith("bgm", { totalRecords: 3 }, { period: "weekend" }) });
    expect(Object.keys((await read()).summary.bgmStats.periods)).toEqual(["weekend"]);
    expect((await read()).summary.cgmStats).toEqual(withoutPeriods);
  });

  test.each(["an empty object", "stats without an id"])("200 for %s: only the time moves", async (what) => {
    await update({ cgmStats, bgmStats });
    const before = await read();
    const { id: _, ...withoutId } = given(cgmStats, { periods: {} });
    const answer = await update(what === "an empty object" ? {} : { cgmStats: withoutId, bgmStats: {} });
    expect([answer.status, answer.text]).toEqual([200, ""]);
    const after = await read();
    expect(after).toEqual({ ...before, updatedTime: after.updatedTime });
    expect(Date.parse(after.updatedTime)).toBeGreaterThan(Date.parse(before.updatedTime));
  });

  test("200 without a body removes both, periods included", async () => {
    await update({
      cgmStats: { ...cgmStats, periods: { ...cgmStats.periods, mine: cgmStats.periods!["14d"] } },
      bgmStats,
    });
    const before = await read();
    const answer = await update();
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 1]);
    const after = await read();
    expect(after).not.toHaveProperty("summary");
    expect(Date.parse(after.updatedTime)).toBeGreaterThan(Date.parse(before.updatedTime));
    for (const table of ["cgm_periods", "bgm_periods"]) {
      expect(
        await rows(`SELECT period FROM ${table} JOIN patients ON key = patient_key WHERE user_id = ?`, user.id),
      ).toEqual([]);
    }
    const [row] = await stored();
    const left = Object.entries(row!).filter(([name, value]) => /^(cgm|bgm)_/.test(name) && value !== null);
    expect(left).toEqual([
      ["cgm_has_other_periods", 0],
      ["bgm_has_other_periods", 0],
    ]);
  });

  test("200 shows zeros where configuration and dates are not given, and drops what nobody knows", async () => {
    const period = { ...cgmStats.periods!["14d"], totalHours: 7, hasTotalHours: true };
    const answer = await update({ cgmStats: { id: "", periods: { "1d": period }, offsetPeriods: {} }, else: 1 });
    expect(answer.status).toBe(200);
    expect((await read()).summary).toEqual({
      cgmStats: {
        id: "",
        config: {
          schemaVersion: 0,
          lowGlucoseThreshold: 0,
          veryLowGlucoseThreshold: 0,
          highGlucoseThreshold: 0,
          veryHighGlucoseThreshold: 0,
        },
        dates: { hasFirstData: false, hasLastData: false, hasLastUploadDate: false, hasOutdatedSince: false },
        periods: { "1d": cgmStats.periods!["14d"] },
      },
    });
  });

  test.each([
    "x",
    "sixteen-chars-16",
    "90d",
    "7",
    "'",
    '"',
    "\\",
    "$[0]",
    "toString",
    "constructor",
    "💉",
    "é".repeat(16),
  ])("200 for the period %j, of both types", async (period) => {
    const of = (stats: StatsValues) => ({ ...stats, periods: { [period]: Object.values(stats.periods!)[0]! } });
    const summary = { cgmStats: of(cgmStats), bgmStats: of(bgmStats) };
    expect((await update(summary)).status).toBe(200);
    expect((await read()).summary).toEqual(summary);
  });

  test("200 is what the list filters and sorts by at once", async () => {
    await update({ cgmStats });
    const query = "cgm.timeInTargetPercent=%3E0.7&sort=-timeInTargetPercent&sortType=cgm";
    const ids = async () =>
      (await clinic.member.get(`${clinic.path}/patients?${query}`)).body.data.map(({ id }: { id: string }) => id);
    expect(await ids()).toEqual([user.id]);
    await update();
    expect(await ids()).toEqual([]);
  });

  test("204 for a user who is nobody's patient, and nothing is stored", async () => {
    const path = `/v1/patients/${newUserId()}/summary`;
    for (const body of [{ cgmStats }, {}, undefined]) {
      const answer = await unchanging(() => clinic.service.post(path, body, { "idempotency-key": newUserId() }));
      expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 1]);
    }
  });

  const without = (name: string) => (period: object) =>
    Object.fromEntries(Object.entries(period).filter(([key]) => key !== name));
  const REQUIRED = {
    cgm: ["hasTimeInTargetPercent", "hasTimeCGMUseMinutes", "standardDeviation", "hoursWithDataDelta", "min"],
    bgm: ["hasTimeInTargetPercent", "hasTotalRecords", "daysWithData", "maxDelta"],
  };
  test.each((["cgm", "bgm"] as const).flatMap((type) => REQUIRED[type].map((name) => [type, name] as const)))(
    "400 for a %s period without %s, and nothing is stored",
    async (type, name) => {
      await update({ cgmStats, bgmStats });
      const stats = type === "cgm" ? cgmStats : bgmStats;
      const spoiled = given(stats, {
        periods: { ...stats.periods, "30d": without(name)(Object.values(stats.periods!)[0]!) },
      });
      const answer = await unchanging(() => update({ cgmStats, bgmStats, [`${type}Stats`]: spoiled }));
      expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(`/30d/${name}"`)]);
    },
  );

  test.each<[string, (stats: StatsValues) => object]>([
    ["/cgmStats/id", (stats) => given(stats, { id: "xyz" })],
    ["/cgmStats/id", (stats) => given(stats, { id: "a".repeat(25) })],
    [
      "/cgmStats/config/schemaVersion",
      (stats) => given(stats, { config: { ...stats.config, schemaVersion: undefined } }),
    ],
    ["/cgmStats/dates/hasLastData", (stats) => given(stats, { dates: { ...stats.dates, hasLastData: undefined } })],
    [
      "/cgmStats/dates/lastData",
      (stats) => given(stats, { dates: { ...stats.dates, lastData: "2026-02-30T00:00:00Z" } }),
    ],
    [
      "/cgmStats/dates/lastData",
      (stats) => given(stats, { dates: { ...stats.dates, lastData: "2026-02-01T00:00:00" } }),
    ],
    [
      "/cgmStats/dates/lastData",
      (stats) => given(stats, { dates: { ...stats.dates, lastData: "9999-12-31T23:59:59-01:00" } }),
    ],
    [
      "/cgmStats/dates/lastData",
      (stats) => given(stats, { dates: { ...stats.dates, lastData: "0000-01-01T00:00:00+01:00" } }),
    ],
    [
      "/cgmStats/dates/outdatedReason/1",
      (stats) => given(stats, { dates: { ...stats.dates, outdatedReason: ["a", 1] } }),
    ],
    ["/cgmStats/periods/14d", (stats) => given(stats, { periods: { "14d": null } })],
    ["/cgmStats/periods/", (stats) => given(stats, { periods: { "": stats.periods!["14d"] } })],
    [
      `/cgmStats/periods/${"x".repeat(17)}`,
      (stats) => given(stats, { periods: { ["x".repeat(17)]: stats.periods!["14d"] } }),
    ],
    ["/cgmStats/periods/a\u0000b", (stats) => given(stats, { periods: { "a\u0000b": stats.periods!["14d"] } })],
    // Tabs and ends of lines stand between periods where they are read.
    ["/cgmStats/periods/a\tb", (stats) => given(stats, { periods: { "a\tb": stats.periods!["14d"] } })],
    ["/cgmStats/periods/a\nb", (stats) => given(stats, { periods: { "a\nb": stats.periods!["14d"] } })],
    ["/cgmStats/periods/__proto__", (stats) => given(stats, { periods: { ["__proto__"]: stats.periods!["14d"] } })],
    [
      "/cgmStats/periods/14d/max",
      (stats) => given(stats, { periods: { "14d": { ...stats.periods!["14d"], max: "7" } } }),
    ],
  ])("400 names %j, and nothing is stored", async (field, spoil) => {
    const answer = await unchanging(() => update({ cgmStats: spoil(cgmStats), bgmStats }));
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(`"${field}"`)]);
  });

  test("400 for a period that is half a character, and for null", async () => {
    const half = given(cgmStats, { periods: { "\ud800": cgmStats.periods!["14d"] } });
    expect((await unchanging(() => update({ cgmStats: half }))).status).toBe(400);
    expect((await unchanging(() => update({ cgmStats: null }))).status).toBe(400);
    expect((await unchanging(() => update("null"))).status).toBe(400);
  });

  test("400 for a number beyond all numbers", async () => {
    const text = JSON.stringify({ cgmStats }).replace('"max":0', '"max":1e999');
    const answer = await unchanging(() => update(text));
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining("/14d/max")]);
  });

  test("403 for the user themself and for an admin", async () => {
    for (const caller of [user, clinic.admin]) {
      expect((await caller.post(`/v1/patients/${user.id}/summary`, {})).status).toBe(403);
    }
  });

  test("of eight at once all get 200, and one summary is there whole", async () => {
    const sent = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => ({
        cgmStats: {
          ...(await statsWith("cgm", { totalRecords: i }, { period: `${i}d` })),
          id: `a${i}`,
        },
      })),
    );
    expect(statuses(await Promise.all(sent.map((body) => update(body))))).toEqual(Array(8).fill(200));
    const { summary } = await read();
    expect(sent).toContainEqual(summary);
  });

  test("of updates of the patient and of the summary at once none is lost", async () => {
    const path = `${clinic.path}/patients/${user.id}`;
    const body = { fullName: "Ada", birthDate: "1980-01-31" };
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, i) => [
        update({ cgmStats: { ...cgmStats, id: `b${i}` } }),
        clinic.member.put(path, { ...body, diagnosisType: "type2" }),
      ]).flat(),
    );
    expect(statuses(answers)).toEqual(Array(8).fill(200));
    const after = await read();
    expect(after.diagnosisType).toBe("type2");
    expect(after.summary.cgmStats.id).toMatch(/^b[0-3]$/);
  });

  test("200 again with the Idempotency-Key does nothing, and 422 with it for another summary", async () => {
    const key = { "idempotency-key": newUserId() };
    await update({ cgmStats }, key);
    await update({ bgmStats });
    const again = await unchanging(() => update({ cgmStats }, key));
    expect([again.status, again.text, again.headers.get("idempotent-replayed")]).toEqual([200, "", "true"]);
    expect((await update({ bgmStats }, key)).status).toBe(422);
  });
});
