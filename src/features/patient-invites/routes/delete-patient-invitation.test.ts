import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenClinic,
  newUserId,
  rows,
  send,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { givenPatientInvitation, type Offer } from "../../../../test/patient-invitations.ts";
import { servedIn } from "../../../../test/served-in.ts";
import { interrupted } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
let offer: Offer;
beforeEach(async () => {
  clinic = await givenClinic();
  offer = await givenPatientInvitation(clinic, { profile: { fullName: "Rosa Diaz", patient: {} } });
});
const end = (caller: Caller, headers?: Record<string, string>) => caller.delete(offer.path, headers);
const stored = async () => (await rows("SELECT * FROM patient_invitations WHERE key = ?", offer.key))[0]!;
const NOT_AUTHORIZED = "Not authorized for requested operation";

describe("DeletePatientInvitation", () => {
  test("200 cancels for who made it and shows it, in two round trips", async () => {
    const before = await stored();
    const answer = await end(offer.sender);
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toEqual({ ...offer.answer, status: "canceled", modified: expect.any(String) });
    expect(await stored()).toEqual({ ...before, status: "canceled", modified_at: Date.parse(answer.body.modified) });
    expect(
      await rows(
        "SELECT patient_id, clinic_id FROM audit_log WHERE request_id = ?",
        answer.headers.get("x-request-id"),
      ),
    ).toEqual([{ patient_id: offer.sender.id, clinic_id: clinic.clinicId }]);
  });

  test.each(["admin", "member", "prescriber", "service"] as const)("200 declines for the clinic's %s", async (who) => {
    const { status, body } = await end(clinic[who]);
    expect([status, body.status, (await stored()).status]).toEqual([200, "declined", "declined"]);
  });

  test("200 cancels for a clinician of the clinic who made it", async () => {
    const shareCode = (await clinic.admin.get(clinic.path)).body.shareCode;
    const body = { shareCode, permissions: { view: {} } };
    const { key } = (await clinic.member.post(`/confirm/send/invite/${clinic.member.id}/clinic`, body)).body;
    const answer = await clinic.member.delete(`${clinic.path}/invites/patients/${key}`);
    expect(answer.body.status).toBe("canceled");
  });

  test("200 from declined: once more by the clinic, and canceled by who made it", async () => {
    await end(clinic.member);
    expect((await end(clinic.admin)).body.status).toBe("declined");
    expect((await end(offer.sender)).body.status).toBe("canceled");
  });

  test("401 with a reason for everybody else, whether there is such an invitation or not", async () => {
    const elsewhere = await givenClinic();
    for (const caller of [clinic.outsider, elsewhere.admin]) {
      for (const path of [offer.path, `${clinic.path}/invites/patients/none`]) {
        const { status, body } = await caller.delete(path);
        expect([status, body]).toEqual([401, { code: 401, message: NOT_AUTHORIZED, reason: NOT_AUTHORIZED }]);
      }
    }
    expect((await stored()).status).toBe("pending");
  });

  test("401 is recorded as a refusal", async () => {
    const sent: any[] = [];
    const through = servedIn({ AUDIT_QUEUE: { sendBatch: async (messages: any[]) => void sent.push(...messages) } });
    expect((await send("DELETE", offer.path, { token: clinic.outsider.token, through })).status).toBe(401);
    expect(sent.map(({ body }) => [body.outcome, body.actorId, body.clinicId])).toEqual([
      ["refused", clinic.outsider.id, clinic.clinicId],
    ]);
  });

  test("403 once it was accepted or canceled, for everybody who may end one; nothing is stored", async () => {
    for (const status of ["completed", "canceled"]) {
      await rows("UPDATE patient_invitations SET status = ? WHERE key = ? RETURNING key", status, offer.key);
      const before = await stored();
      for (const caller of [offer.sender, clinic.member, clinic.service]) {
        const answer = await end(caller);
        expect([answer.status, answer.body.message]).toEqual([403, "Forbidden to perform requested operation"]);
      }
      expect(await stored()).toEqual(before);
    }
  });

  test("404 for a clinician or a service when there is none of this clinic", async () => {
    const elsewhere = await givenPatientInvitation(await givenClinic());
    for (const path of [`${clinic.path}/invites/patients/none`, `${clinic.path}/invites/patients/${elsewhere.key}`]) {
      const answer = await clinic.member.delete(path);
      expect([answer.status, answer.body.message]).toEqual([404, "No matching invite was found"]);
      expect((await clinic.service.delete(path)).status).toBe(404);
    }
    expect((await clinic.service.delete(`/v1/clinics/${UNKNOWN_ID}/invites/patients/${offer.key}`)).status).toBe(404);
  });

  test("401 for a clinician who is removed while they decline", async () => {
    const answer = await interrupted(clinic.member, { method: "DELETE", path: offer.path }, () =>
      clinic.admin.delete(`${clinic.path}/clinicians/${clinic.member.id}`),
    );
    expect([answer.status, (await stored()).status]).toEqual([401, "pending"]);
  });

  test("403 for a withdrawal during which it is accepted", async () => {
    const answer = await interrupted(offer.sender, { method: "DELETE", path: offer.path }, () =>
      clinic.member.put(offer.path),
    );
    expect([answer.status, (await stored()).status]).toEqual([403, "completed"]);
  });

  test("of a clinic that declines and a sender who withdraws at once: who withdraws always can", async () => {
    const [declined, canceled] = await Promise.all([end(clinic.member), end(offer.sender)]);
    expect(canceled.status).toBe(200);
    expect([200, 403]).toContain(declined.status);
    expect((await stored()).status).toBe("canceled");
  });

  test("200 again with the Idempotency-Key", async () => {
    const key = { "idempotency-key": newUserId() };
    const first = await end(offer.sender, key);
    const again = await end(offer.sender, key);
    expect([again.status, again.body, again.headers.get("idempotent-replayed")]).toEqual([200, first.body, "true"]);
  });
});
