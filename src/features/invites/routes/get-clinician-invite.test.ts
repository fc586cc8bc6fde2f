import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, newUserId } from "../../../../test/harness.ts";
import { givenInvite, storedInvite } from "../../../../test/invitations.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});

describe("GetClinicianInvite", () => {
  test("200 gives the pending invitation, in one round trip", async () => {
    const { key, path, email } = await givenInvite(clinic, { email: `Bo.${newUserId()}@Harbor.test` });
    const { invitation } = await storedInvite(key);
    for (const caller of [clinic.admin, clinic.service]) {
      const answer = await caller.get(path);
      expect([answer.status, answer.calls]).toEqual([200, 1]);
      expect(answer.body).toEqual({
        key,
        type: "clinician_invitation",
        status: "pending",
        email,
        clinicId: clinic.clinicId,
        creatorId: clinic.admin.id,
        creator: {
          userid: clinic.admin.id,
          profile: { fullName: `Person ${clinic.admin.id}`, patient: {} },
          clinicId: clinic.clinicId,
          clinicName: invitation!.clinic_name,
        },
        created: new Date(invitation!.created_at as number).toISOString(),
        modified: new Date(invitation!.modified_at as number).toISOString(),
      });
    }
  });

  test("404 without a record in this clinic, or with a record and no invitation", async () => {
    const other = await givenInvite(await givenClinic());
    const elsewhere = await clinic.admin.get(`${clinic.path}/invites/clinicians/${other.key}`);
    expect([elsewhere.status, elsewhere.body.reason]).toEqual([404, "clinician not found"]);
    const body = { inviteId: other.key, email: "record@only.test", roles: ["PRESCRIBER"] };
    await clinic.service.post(`${clinic.path}/clinicians`, body);
    const without = await clinic.admin.get(`${clinic.path}/invites/clinicians/${other.key}`);
    expect([without.status, without.body.reason]).toEqual([404, "No matching invite was found"]);
  });

  test("404 once it was accepted, declined or taken back", async () => {
    const [accepted, declined, canceled] = [
      await givenInvite(clinic),
      await givenInvite(clinic),
      await givenInvite(clinic),
    ];
    await accepted.invitee.put(accepted.receivedPath);
    await declined.invitee.delete(declined.receivedPath);
    await clinic.admin.delete(canceled.path);
    for (const { path } of [accepted, declined, canceled]) expect((await clinic.admin.get(path)).status).toBe(404);
  });

  test("401 for a plain member", async () => {
    const { path } = await givenInvite(clinic);
    expect((await clinic.member.get(path)).status).toBe(401);
  });
});
