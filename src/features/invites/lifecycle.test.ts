import { describe, expect, test } from "vitest";
import { countRows, givenClinic, newUserId, person, rows } from "../../../test/harness.ts";
import { givenInvite, storedInvite } from "../../../test/invitations.ts";

describe("the life of an invitation", () => {
  test("invited, listed, accepted: a member with the roles of the invitation, who may use them", async () => {
    const clinic = await givenClinic();
    const email = `Bo.${newUserId()}@Harbor.example`;
    const body = { email, roles: ["CLINIC_ADMIN"] };
    const invited = await clinic.admin.post(`${clinic.path}/invites/clinicians`, body);
    const key = invited.body.inviteId as string;
    const bo = await person({ email: email.toLowerCase(), name: "Bo Lind" });
    expect((await bo.get(`${clinic.path}/clinicians`)).status).toBe(403);
    const listed = await bo.get(`/v1/clinicians/${bo.id}/invites`);
    expect(listed.body).toMatchObject([{ key, email, status: "pending", restrictions: { canAccept: true } }]);
    const accepted = await bo.put(`/v1/clinicians/${bo.id}/invites/${key}`);
    expect(accepted.body).toMatchObject({
      id: bo.id,
      name: "Bo Lind",
      email: email.toLowerCase(),
      roles: ["CLINIC_ADMIN"],
    });
    expect(accepted.body).not.toHaveProperty("inviteId");
    expect((await bo.get(`/v1/clinicians/${bo.id}/invites`)).status).toBe(404);
    expect((await bo.get(`/v1/clinicians/${bo.id}/clinics`)).body).toHaveLength(1);
    // As an admin: inviting is what only they may.
    expect((await bo.post(`${clinic.path}/invites/clinicians`, { ...body, email: "next@harbor.example" })).status).toBe(
      200,
    );
    const step = { email, name: "Person", roles: ["CLINIC_MEMBER"] };
    expect((await clinic.admin.put(`${clinic.path}/clinicians/${clinic.admin.id}`, step)).status).toBe(200);
  });

  test("a pending admin is no admin: the only one there is can't step down", async () => {
    const clinic = await givenClinic();
    await givenInvite(clinic, { roles: ["CLINIC_ADMIN"] });
    const step = { email: "x@people.test", roles: ["CLINIC_MEMBER"] };
    expect((await clinic.admin.put(`${clinic.path}/clinicians/${clinic.admin.id}`, step)).status).toBe(422);
  });

  type Given = Awaited<ReturnType<typeof givenInvite>>;
  type Clinic = Awaited<ReturnType<typeof givenClinic>>;
  const ends: [string, string, (it: Given, clinic: Clinic) => Promise<{ status: number }>][] = [
    ["accepted", "completed", (it) => it.invitee.put(it.receivedPath)],
    ["declined", "declined", (it) => it.invitee.delete(it.receivedPath)],
    ["taken back", "canceled", (it, clinic) => clinic.admin.delete(it.path)],
    [
      "associated by a service",
      "completed",
      (it, clinic) => clinic.service.patch(`${it.path}/clinician`, { userId: it.invitee.id }),
    ],
    ["removed by a service", "canceled", (it, clinic) => clinic.service.delete(`${it.path}/clinician`)],
  ];

  test.each(ends)("%s it is %s for good: nothing that comes later changes it", async (_, status, end) => {
    const clinic = await givenClinic();
    const it = await givenInvite(clinic);
    expect((await end(it, clinic)).status).toBe(200);
    expect(await storedInvite(it.key)).toMatchObject({ status, isPending: false });
    const members = () => countRows("clinicians WHERE clinic_id = ?", clinic.clinicId);
    const before = await members();
    for (const [, , other] of ends) expect([200, 404]).toContain((await other(it, clinic)).status);
    expect((await clinic.admin.patch(it.path)).status).toBe(404);
    expect((await storedInvite(it.key)).status).toBe(status);
    expect(await members()).toBe(before);
  });

  test.each(ends.slice(1, 3))("%s the address may be invited again, under another key", async (_, _status, end) => {
    const clinic = await givenClinic();
    const it = await givenInvite(clinic);
    await end(it, clinic);
    const again = await givenInvite(clinic, { email: it.email });
    expect(again.key).not.toBe(it.key);
    expect((await it.invitee.put(`/v1/clinicians/${it.invitee.id}/invites/${again.key}`)).status).toBe(200);
  });

  test("the clinic deleted, it is canceled and nobody can accept it", async () => {
    const clinic = await givenClinic();
    const it = await givenInvite(clinic);
    expect((await clinic.admin.delete(clinic.path)).status).toBe(204);
    expect(await storedInvite(it.key)).toMatchObject({ status: "canceled", isPending: false });
    expect((await it.invitee.get(`/v1/clinicians/${it.invitee.id}/invites`)).status).toBe(404);
    expect((await it.invitee.put(it.receivedPath)).status).toBe(404);
  });

  test("after anything that may happen, there is a pending invitation exactly where a record waits for one", async () => {
    const clinic = await givenClinic();
    for (const end of [undefined, ...ends.map(([, , end]) => end)]) await end?.(await givenInvite(clinic), clinic);
    await givenInvite(clinic);
    const pending = await rows(
      "SELECT key FROM clinician_invitations WHERE clinic_id = ? AND status = 'pending'",
      clinic.clinicId,
    );
    const waiting = await rows(
      "SELECT invite_id AS key FROM clinicians WHERE clinic_id = ? AND invite_id IS NOT NULL",
      clinic.clinicId,
    );
    expect(pending).toEqual(waiting);
    expect(pending).toHaveLength(1);
  });
});
