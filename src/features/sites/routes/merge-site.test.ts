import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenSite, rows, statuses, UNKNOWN_ID } from "../../../../test/harness.ts";
import {
  audited,
  carried,
  clinicVersion,
  givenPatients,
  shownCounts,
  unchanging,
} from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
let east: { id: string; name: string };
let west: { id: string; name: string };
beforeEach(async () => {
  clinic = await givenClinic();
  [east, west] = [await givenSite(clinic, "East"), await givenSite(clinic, "West")];
});
const merge = (targetId: string, body: unknown, caller = clinic.service) =>
  caller.post(`${clinic.path}/sites/${targetId}/merge`, body);

describe("MergeSite", () => {
  test("200 moves the source's patients to the target, each counted once, and removes the source", async () => {
    const third = await givenSite(clinic);
    const [first, second, other] = await givenPatients(
      clinic,
      { sites: [east.id, third.id] },
      { sites: [east.id, west.id] },
      { sites: [west.id] },
    );
    const answer = await merge(west.id, { id: east.id });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ id: west.id, name: "West", numPatients: 3, patients: 3 });
    const after = await carried(clinic.clinicId);
    expect(after.get(first!)?.sites).toEqual([third.id, west.id]);
    expect(after.get(second!)?.sites).toEqual([west.id]);
    expect(after.get(other!)?.sites).toEqual([west.id]);
    expect(await shownCounts(clinic)).toEqual({ [west.id]: 3, [third.id]: 1 });
    expect(answer.calls).toBe(2);
  });

  test("200 touches only the patients at the source, each with an audit row beside the clinic's", async () => {
    const [moved] = await givenPatients(clinic, { sites: [east.id] }, { sites: [west.id] }, {});
    const { version } = await clinicVersion(clinic.clinicId);
    await merge(west.id, { id: east.id });
    expect(await rows("SELECT user_id FROM patients WHERE clinic_id = ? AND version > 1", clinic.clinicId)).toEqual([
      { user_id: moved },
    ]);
    const written = (await audited(clinic.clinicId, "MergeSite")).map((row) => row.patient_id);
    expect(written).toHaveLength(2);
    expect(written).toEqual(expect.arrayContaining([null, moved]));
    expect((await clinicVersion(clinic.clinicId)).version).toBe(version + 1);
  });

  test("200 of two sites without patients leaves the numbers out", async () => {
    expect((await merge(west.id, { id: east.id })).body).toEqual({ id: west.id, name: "West" });
  });

  test.each([{}, { id: "x" }, undefined])("400 on %j stores nothing", async (body) => {
    expect((await unchanging(() => merge(west.id, body))).status).toBe(400);
  });

  test("400 when a site is merged into itself", async () => {
    const answer = await unchanging(() => merge(west.id, { id: west.id }));
    expect([answer.status, answer.body.message]).toEqual([400, "can't merge a site into itself: bad request"]);
  });

  test("403 comes before 400: it is for services only", async () => {
    expect((await merge(west.id, {}, clinic.admin)).status).toBe(403);
  });

  test("404 names what is missing: clinic or target before source", async () => {
    const gone = await clinic.service.post(`/v1/clinics/${UNKNOWN_ID}/sites/${west.id}/merge`, { id: east.id });
    expect([gone.status, gone.body.message]).toEqual([404, "clinic not found"]);
    const foreign = await givenSite(await givenClinic());
    const target = await unchanging(() => merge(foreign.id, { id: UNKNOWN_ID }));
    expect([target.status, target.body.message]).toEqual([404, "not found"]);
    const source = await unchanging(() => merge(west.id, { id: foreign.id }));
    expect([source.status, source.body.message]).toEqual([404, "clinic not found"]);
  });

  test("of eight at once one merges, the rest find the source gone", async () => {
    const [patient] = await givenPatients(clinic, { sites: [east.id] });
    const racers = await Promise.all(Array.from({ length: 8 }, () => merge(west.id, { id: east.id })));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(404)]);
    expect((await carried(clinic.clinicId)).get(patient!)?.sites).toEqual([west.id]);
    expect(await shownCounts(clinic)).toEqual({ [west.id]: 1 });
  });

  test("of eight sources merged at once into one target all their patients end up there, counted once", async () => {
    const sources = await Promise.all(Array.from({ length: 8 }, () => givenSite(clinic)));
    const patients = await givenPatients(clinic, ...sources.map((source) => ({ sites: [source.id] })));
    const racers = await Promise.all(sources.map((source) => merge(west.id, { id: source.id })));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(racers.map(({ body }) => body.numPatients).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const after = await carried(clinic.clinicId);
    for (const userId of patients) expect(after.get(userId)?.sites).toEqual([west.id]);
    expect((await shownCounts(clinic))[west.id]).toBe(8);
  });
});
