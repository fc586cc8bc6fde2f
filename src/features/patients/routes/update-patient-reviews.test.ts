import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenClinic,
  givenPatient,
  newUserId,
  person,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { interrupted, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
let patient: any;
let path: string;
beforeEach(async () => {
  clinic = await givenClinic();
  patient = await givenPatient(clinic, { fullName: "Rosa" });
  path = `${clinic.path}/patients/${patient.id}/reviews`;
});
const review = (caller: Caller = clinic.member, body?: unknown, headers?: Record<string, string>) =>
  caller.put(path, body, headers);
const get = async () => (await clinic.member.get(`${clinic.path}/patients/${patient.id}`)).body;
/** Lets so many seconds pass since the reviews that are stored. */
const pass = (seconds: number) =>
  rows(
    `UPDATE patients SET reviews = (SELECT json_group_array(json_set(value, '$.time',
         strftime('%Y-%m-%dT%H:%M:%fZ', value ->> 'time', ?2))) FROM json_each(reviews)),
       last_reviewed_at = last_reviewed_at - ?3 WHERE user_id = ?1 RETURNING key`,
    patient.id,
    `-${seconds} seconds`,
    seconds * 1000,
  );
const clinicianNow = async (clinicId = clinic): Promise<Caller> => {
  const caller = await person();
  const body = { id: caller.id, email: `${caller.id}@people.test`, roles: ["CLINIC_MEMBER"] };
  expect((await clinicId.service.post(`${clinicId.path}/clinicians`, body)).status).toBe(200);
  return caller;
};

describe("UpdatePatientReviews", () => {
  test("200 puts the caller's review first and keeps two, in two round trips", async () => {
    const [first, second] = [await clinicianNow(), await clinicianNow()];
    const before = Date.now();
    const answer = await review(first);
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toEqual([{ clinicianId: first.id, time: expect.stringMatching(/\.\d{3}Z$/) }]);
    expect(Date.parse(answer.body[0].time)).toBeGreaterThanOrEqual(before);
    const { body: two } = await review(second);
    expect(two).toEqual([{ clinicianId: second.id, time: two[0].time }, answer.body[0]]);
    const { body: still } = await review(clinic.admin);
    expect(still).toEqual([{ clinicianId: clinic.admin.id, time: still[0].time }, two[0]]);
    expect((await get()).reviews).toEqual(still);
  });

  test("200 moves neither updatedTime nor anything else, but the time the list filters by", async () => {
    const before = await get();
    const { body: reviews, headers } = await review();
    expect(await get()).toEqual({ ...before, reviews });
    expect(await rows("SELECT last_reviewed_at AS at FROM patients WHERE user_id = ?", patient.id)).toEqual([
      { at: Date.parse(reviews[0].time) },
    ]);
    const until = (time: string) => clinic.member.get(`${clinic.path}/patients?lastReviewed=${time}`);
    expect((await until(new Date(Date.parse(reviews[0].time) - 1).toISOString())).body.meta.count).toBe(0);
    expect((await until(reviews[0].time)).body.meta.count).toBe(1);
    const requestId = headers.get("x-request-id");
    expect(await rows("SELECT patient_id FROM audit_log WHERE request_id = ?", requestId)).toEqual([
      { patient_id: patient.id },
    ]);
  });

  test("200 within 30 seconds of the caller's own newest review changes nothing, so that a repeat costs no other", async () => {
    await review(clinic.admin);
    const { body } = await review();
    await pass(29);
    const again = await unchanging(() => review());
    expect(again.body.map((it: any) => it.clinicianId)).toEqual(body.map((it: any) => it.clinicianId));
    await pass(2);
    const later = await review();
    expect(later.body.map((it: any) => it.clinicianId)).toEqual([clinic.member.id, clinic.member.id]);
  });

  test("200 adds a review again that was taken back, and one after another clinician's, at once", async () => {
    await review();
    await clinic.member.delete(path);
    expect((await review()).body).toHaveLength(1);
    await review(clinic.admin);
    expect((await review()).body.map((it: any) => it.clinicianId)).toEqual([clinic.member.id, clinic.admin.id]);
  });

  test.each([{ "404": {} }, "{ no JSON", "", "[]"])("200 whatever the body, such as %j", async (body) => {
    expect((await review(clinic.member, body)).body).toHaveLength(1);
    expect((await review(clinic.admin, body, { "content-type": "text/plain" })).body).toHaveLength(2);
  });

  test("400 for a service that is a clinician of the clinic, 403 for one that is none", async () => {
    expect((await unchanging(() => review(clinic.service))).status).toBe(403);
    await rows("UPDATE clinicians SET user_id = ? WHERE user_id = ? RETURNING id", clinic.service.id, clinic.member.id);
    const answer = await unchanging(() => review(clinic.service));
    expect([answer.status, answer.body.message]).toEqual([400, "expected user access token"]);
    expect((await clinic.service.put(`${clinic.path}/patients/${newUserId()}/reviews`)).status).toBe(400);
    await rows("DELETE FROM clinicians WHERE user_id = ? RETURNING id", clinic.service.id);
  });

  test("403 for a clinician who only prescribes and for the patient", async () => {
    const own = await person({ sub: patient.id });
    for (const caller of [clinic.prescriber, own, clinic.outsider]) {
      expect((await unchanging(() => review(caller))).status).toBe(403);
    }
  });

  test("404 for who is no patient of the clinic", async () => {
    const answer = await unchanging(() => clinic.member.put(`${clinic.path}/patients/${newUserId()}/reviews`));
    expect([answer.status, answer.body.message]).toEqual([404, "patient not found"]);
  });

  test("of eight clinicians at once all are recorded, the last two stay", async () => {
    const clinicians = await Promise.all(Array.from({ length: 8 }, () => clinicianNow()));
    const racers = await Promise.all(clinicians.map((caller) => review(caller)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(racers.filter(({ body }) => body.length === 1)).toHaveLength(1);
    const followed = racers.flatMap(({ body }) => body.slice(1).map((it: any) => it.clinicianId));
    expect(new Set(followed).size).toBe(7);
    expect(racers.map(({ body }) => body)).toContainEqual((await get()).reviews);
  });

  test("of eight requests of one clinician at once one is recorded, and all get its answer", async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, () => review()));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(new Set(racers.map(({ text }) => text))).toEqual(new Set([JSON.stringify((await get()).reviews)]));
    expect((await get()).reviews).toHaveLength(1);
  });

  test("a review is not lost to an update of the patient between its look and its write, nor the other way round", async () => {
    const body = { fullName: "Rosa Ruiz", birthDate: "1987-02-03" };
    const own = `${clinic.path}/patients/${patient.id}`;
    const updated = await interrupted(clinic.admin, { method: "PUT", path: own, body }, () => review());
    expect([updated.status, updated.body.reviews]).toEqual([200, (await get()).reviews]);
    expect((await get()).reviews).toHaveLength(1);
    const reviewed = await interrupted(clinic.admin, { method: "PUT", path }, () =>
      clinic.member.put(own, { ...body, fullName: "Rosa Paz" }),
    );
    expect([reviewed.body.length, (await get()).fullName]).toEqual([2, "Rosa Paz"]);
  });

  test("a repeat with the same Idempotency-Key gets the first answer, whatever came between", async () => {
    const keys = ["r-1", "r-2"].map((key) => ({ "idempotency-key": key }));
    // The second adds nothing.
    const answers = [await review(clinic.member, undefined, keys[0]), await review(clinic.member, undefined, keys[1])];
    await clinic.member.delete(path);
    for (const [i, key] of keys.entries()) {
      const again = await review(clinic.member, undefined, key);
      expect([again.text, again.headers.get("idempotent-replayed")]).toEqual([answers[i]!.text, "true"]);
    }
    expect((await get()).reviews).toEqual([]);
  });
});
