import { beforeEach, describe, expect, test, vi } from "vitest";
import { ONCE_TOLD } from "../../../../test/audit/trail.ts";
import {
  add,
  cbg,
  close,
  DAY_MS,
  fault,
  HOUR_MS,
  iso,
  MINUTE_MS,
  openSet,
  prime,
  settle,
  shownTo,
  smbg,
  upload,
} from "../../../../test/device-data.ts";
import { type Caller, givenAccount, givenClinic, givenPatient, person, auditRows } from "../../../../test/harness.ts";

let owner: Caller;
beforeEach(async () => {
  owner = await givenAccount();
});
const get = (kind: string, caller = owner) => caller.get(`/v1/summaries/${kind}/${owner.id}`);
/** A full hour that is over. */
const hour = () => Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 2 * HOUR_MS;

describe("GetSummary", () => {
  test("200 with the nested form of sensor readings, and what it is calculated by", async () => {
    const at = hour();
    const before = Date.now();
    await upload(owner, [cbg(at, 3.5), cbg(at + 5 * MINUTE_MS, 15), cbg(at + 10 * MINUTE_MS, 7)]);
    await settle(owner.id);
    const { status, body } = await get("cgm");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      type: "cgm",
      userId: owner.id,
      config: {
        schemaVersion: 6,
        veryLowGlucoseThreshold: 3,
        lowGlucoseThreshold: 3.9,
        highGlucoseThreshold: 10,
        veryHighGlucoseThreshold: 13.9,
      },
      dates: {
        firstData: iso(at),
        lastData: iso(at + 10 * MINUTE_MS),
        lastUpdatedReason: ["UPLOAD_COMPLETED"],
        outdatedReason: [],
      },
    });
    expect(Date.parse(body.dates.lastUpdatedDate)).toBeGreaterThanOrEqual(before - 1000);
    expect(body.dates).not.toHaveProperty("outdatedSince");
    expect(Object.keys(body.periods)).toEqual(["1d", "7d", "14d", "30d"]);
    const day = body.periods["1d"];
    expect(day.total).toMatchObject({ minutes: 15, records: 3, percent: 15 / 1440 });
    for (const range of [day.inLow, day.inTarget, day.inVeryHigh])
      expect(range).toMatchObject({ records: 1, minutes: 5 });
    // Zeros are written, too.
    expect(day.inVeryLow).toMatchObject({ records: 0, minutes: 0, percent: 0 });
    expect(day.averageGlucoseMmol).toBeCloseTo(8.5, 9);
    expect([day.min, day.max, day.hoursWithData, day.daysWithData]).toEqual([3.5, 15, 1, 1]);
    expect(day.delta.total.records).toBe(3);
    expect(day.delta).not.toHaveProperty("delta");
  });

  test("200 with fingersticks, counted by records", async () => {
    await upload(owner, [smbg(hour(), 3.5), smbg(hour() + 1, 7.5)]);
    await settle(owner.id);
    const { body } = await get("bgm");
    expect([body.type, body.periods["1d"].total.records, body.periods["1d"].total.percent]).toEqual(["bgm", 2, 0]);
    expect(body.periods["1d"].averageGlucoseMmol).toBeCloseTo(5.5, 9);
    expect((await get("cgm")).status).toBe(404);
  });

  test("200 with how soon readings of continuous sets arrive: within a day, or later", async () => {
    const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
    const now = Date.now();
    await add(owner, setId, [cbg(now - HOUR_MS), smbg(now - 2 * HOUR_MS), cbg(now - 30 * HOUR_MS)]);
    await upload(owner, [cbg(now - 3 * HOUR_MS)]);
    await settle(owner.id);
    const { status, body } = await get("con");
    expect([status, body.type]).toEqual([200, "con"]);
    const week = body.periods["7d"];
    expect([week.total.records, week.realtime.records, week.deferred.records]).toEqual([3, 2, 1]);
    expect(week.realtime.percent).toBeCloseTo(2 / 3, 9);
    expect(week.deferred.percent).toBeCloseTo(1 / 3, 9);
    expect(body).not.toHaveProperty("delta");
  });

  test("200 with what has made it outdated since, which later changes do not move", async () => {
    const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
    // Opening one has summaries calculated that are due.
    const normal = await openSet(owner, owner.id);
    await add(owner, setId, [cbg(hour())]);
    await settle(owner.id);
    await add(owner, setId, [cbg(hour() + 5 * MINUTE_MS)]);
    const first = (await get("cgm")).body;
    expect(first.dates.outdatedReason).toEqual(["DATA_ADDED"]);
    expect(first.periods["1d"].total.records).toBe(1);
    await close(owner, normal);
    const second = (await get("cgm")).body;
    expect(second.dates.outdatedReason.toSorted()).toEqual(["DATA_ADDED", "UPLOAD_COMPLETED"]);
    expect(second.dates.outdatedSince).toBe(first.dates.outdatedSince);
    await settle(owner.id);
    const third = (await get("cgm")).body;
    expect(third.dates.outdatedReason).toEqual([]);
    expect(third.dates.lastUpdatedReason.toSorted()).toEqual(["DATA_ADDED", "UPLOAD_COMPLETED"]);
    expect(third.dates).not.toHaveProperty("outdatedSince");
    expect(third.periods["1d"].total.records).toBe(2);
    expect(third.id).toBe(first.id);
  });

  test("every clinic of the person shows the flat form of the same, also one they come to later", async () => {
    const [one, two] = [await givenClinic(), await givenClinic()];
    await one.service.post(`${one.path}/patients/${owner.id}`, { permissions: { view: {} } });
    await upload(owner, [cbg(hour()), smbg(hour())]);
    await settle(owner.id);
    await two.service.post(`${two.path}/patients/${owner.id}`, { permissions: { view: {} } });
    const [cgm, bgm] = [(await get("cgm")).body, (await get("bgm")).body];
    await vi.waitFor(async () => {
      await settle(owner.id);
      const both = { cgm: cgm.id, bgm: bgm.id };
      expect(await shownTo(owner.id)).toEqual([both, both]);
    }, ONCE_TOLD);
    const shown = await Promise.all(
      [one, two].map(async ({ admin, path }) => (await admin.get(`${path}/patients/${owner.id}`)).body.summary),
    );
    expect(shown[0].cgmStats.periods["1d"]).toMatchObject({ totalRecords: 1, averageGlucoseMmol: 6.5 });
    expect(shown[1].cgmStats.periods).toEqual(shown[0].cgmStats.periods);
  });

  test("200 for who may view, in one round trip; the reading is recorded", async () => {
    const clinic = await givenClinic();
    const patient = await givenPatient(clinic);
    const setId = await openSet(clinic.member, patient.id, { dataSetType: "continuous" });
    await add(clinic.member, setId, [cbg(hour())]);
    await settle(patient.id);
    const answer = await clinic.prescriber.get(`/v1/summaries/cgm/${patient.id}`);
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    await vi.waitFor(
      async () =>
        expect(await auditRows({ patient_id: patient.id, operation: "GetSummary" })).toEqual([
          expect.objectContaining({ actor_id: clinic.prescriber.id, outcome: "read" }),
        ]),
      ONCE_TOLD,
    );
  });

  test.each(["cgm", "bgm", "con"])("404 where there are no such data: %s", async (kind) => {
    for (const data of [[], [prime()], [{ ...cbg(Date.now() - 800 * DAY_MS) }], [cbg(Date.now() + 2 * DAY_MS)]]) {
      await upload(owner, data);
      await settle(owner.id);
      const answer = await get(kind);
      expect([answer.status, answer.body]).toEqual([
        404,
        fault("resource-not-found", "resource not found", `resource with id "${owner.id}" not found`),
      ]);
    }
  });

  test("403 before 400 for a stranger, as it is; 400 for a kind there is not", async () => {
    const stranger = await person();
    const title = "authentication token is not authorized for requested action";
    for (const kind of ["cgm", "none"]) {
      const answer = await get(kind, stranger);
      expect([answer.status, answer.body]).toEqual([403, fault("unauthorized", title, title)]);
    }
    const answer = await get("none");
    expect([answer.status, answer.body]).toMatchObject([400, { code: "bad-request", title: "request is not valid" }]);
  });
});
