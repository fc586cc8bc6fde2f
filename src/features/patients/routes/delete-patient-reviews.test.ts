import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenClinic,
  givenPatient,
  newUserId,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { interrupted, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
let patient: any;
let path: string;
beforeEach(async () => {
  clinic = await givenClinic();
  patient = await givenPatient(clinic);
  path = `${clinic.path}/patients/${patient.id}/reviews`;
});
const review = (caller: Caller) => caller.put(path);
const revert = (caller: Caller, headers?: Record<string, string>) => caller.delete(path, headers);
const get = async () => (await clinic.member.get(`${clinic.path}/patients/${patient.id}`)).body;
const lastReviewedAt = async () =>
  (await rows<{ at: number | null }>("SELECT last_reviewed_at AS at FROM patients WHERE user_id = ?", patient.id))[0]!
    .at;

describe("DeletePatientReviews", () => {
  test("200 takes the caller's newest back, the one before is the newest again; nothing else moves", async () => {
    const { body: first } = await review(clinic.admin);
    const before = await get();
    await review(clinic.member);
    const answer = await revert(clinic.member);
    expect([answer.status, answer.body, answer.calls]).toEqual([200, first, 2]);
    expect(await get()).toEqual(before);
    expect(await lastReviewedAt()).toBe(Date.parse(first[0].time));
    const requestId = answer.headers.get("x-request-id");
    expect(await rows("SELECT patient_id FROM audit_log WHERE request_id = ?", requestId)).toEqual([
      { patient_id: patient.id },
    ]);
  });

  test("200 and nothing left after the only one", async () => {
    await review(clinic.member);
    expect((await revert(clinic.member)).body).toEqual([]);
    expect([(await get()).reviews, await lastReviewedAt()]).toEqual([[], null]);
  });

  test("409 while the newest is another clinician's, whosever the one before is", async () => {
    await review(clinic.member);
    await review(clinic.admin);
    const answer = await unchanging(() => revert(clinic.member));
    expect([answer.status, answer.body.message]).toEqual([
      409,
      "conflict: cannot revert review from another clinician",
    ]);
    await revert(clinic.admin);
    expect((await unchanging(() => revert(clinic.admin, { "idempotency-key": "another" }))).status).toBe(409);
    expect((await revert(clinic.member)).body).toEqual([]);
  });

  test("200 repeated without a key leaves the caller's review before it, until there is another or time has passed", async () => {
    const { body: before } = await review(clinic.member);
    await rows(
      "UPDATE patients SET reviews = json_set(reviews, '$[0].time', '2026-01-01T00:00:00.000Z') WHERE user_id = ? RETURNING key",
      patient.id,
    );
    await review(clinic.member);
    const first = await revert(clinic.member);
    const again = await unchanging(() => revert(clinic.member));
    for (const { status, body } of [first, again])
      expect([status, body.map((it: any) => it.clinicianId)]).toEqual([200, [before[0].clinicianId]]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    await review(clinic.admin);
    expect((await unchanging(() => revert(clinic.member))).status).toBe(409);
    await revert(clinic.admin);
    expect((await unchanging(() => revert(clinic.member))).headers.get("idempotent-replayed")).toBe("true");
    await rows("UPDATE replays SET expires_at = 1 WHERE expires_at < ? RETURNING id", Date.now() + 31_000);
    expect((await revert(clinic.member)).body).toEqual([]);
  });

  test("404 without a review, and for who is no patient of the clinic", async () => {
    const none = await unchanging(() => revert(clinic.member));
    expect([none.status, none.body.message]).toEqual([404, "review not found"]);
    const nobody = await unchanging(() => clinic.member.delete(`${clinic.path}/patients/${newUserId()}/reviews`));
    expect([nobody.status, nobody.body.message]).toEqual([404, "patient not found"]);
  });

  test("400 for a service that is a clinician of the clinic, 403 for one that is none and for who only prescribes", async () => {
    await review(clinic.member);
    for (const caller of [clinic.service, clinic.prescriber]) {
      expect((await unchanging(() => revert(caller))).status).toBe(403);
    }
    await rows("UPDATE clinicians SET user_id = ? WHERE user_id = ? RETURNING id", clinic.service.id, clinic.admin.id);
    const answer = await unchanging(() => revert(clinic.service));
    expect([answer.status, answer.body.message]).toEqual([400, "expected user access token"]);
    await rows("DELETE FROM clinicians WHERE user_id = ? RETURNING id", clinic.service.id);
  });

  test("of eight with a key each who take the same one back one does, the rest get 409 as long as another's is left", async () => {
    await review(clinic.admin);
    await review(clinic.member);
    const keys = Array.from({ length: 8 }, (_, i) => ({ "idempotency-key": `racer-${i}` }));
    const racers = await Promise.all(keys.map((key) => revert(clinic.member, key)));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
    expect((await get()).reviews.map((it: any) => it.clinicianId)).toEqual([clinic.admin.id]);
  });

  test("409 when somebody else reviews between look and write, and their review stays", async () => {
    await review(clinic.member);
    const answer = await interrupted(clinic.member, { method: "DELETE", path }, () => review(clinic.admin));
    expect(answer.status).toBe(409);
    expect((await get()).reviews.map((it: any) => it.clinicianId)).toEqual([clinic.admin.id, clinic.member.id]);
  });

  test("a repeat with the same Idempotency-Key gets the first answer", async () => {
    await review(clinic.member);
    const key = { "idempotency-key": "d-1" };
    await revert(clinic.member, key);
    const again = await revert(clinic.member, key);
    expect([again.status, again.body, again.headers.get("idempotent-replayed")]).toEqual([200, [], "true"]);
  });
});
