import { beforeEach, describe, expect, test } from "vitest";
import { removeAccount } from "../../../../test/accounts.ts";
import { type GivenClinic, givenClinic, rows, UNKNOWN_ID } from "../../../../test/harness.ts";
import { givenPatientInvitation } from "../../../../test/patient-invitations.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const list = (caller = clinic.member) => caller.get(`${clinic.path}/invites/patients`);
const profile = { fullName: "Carla Diaz", patient: { fullName: "Rosa Diaz", birthday: "1987-02-03", mrn: "secret" } };

describe("GetPatientInvites", () => {
  test("200 lists pending invitations, newest first, each with its creator's profile, in one round trip", async () => {
    const offers = [
      await givenPatientInvitation(clinic, { profile }),
      await givenPatientInvitation(clinic),
      await givenPatientInvitation(clinic),
    ];
    for (const [i, { key }] of offers.entries()) {
      await rows(
        "UPDATE patient_invitations SET created_at = ? WHERE key = ? RETURNING key",
        1_000_000_000_000 + i,
        key,
      );
    }
    await givenPatientInvitation(await givenClinic());
    const { status, body, calls } = await list();
    expect([status, calls]).toEqual([200, 1]);
    expect(body.map((it: any) => it.key)).toEqual(offers.map(({ key }) => key).toReversed());
    expect(body[2]).toEqual({
      ...offers[0]!.answer,
      created: "2001-09-09T01:46:40.000Z",
      creator: {
        userid: offers[0]!.sender.id,
        profile: { fullName: "Carla Diaz", patient: { fullName: "Rosa Diaz", birthday: "1987-02-03" } },
      },
    });
  });

  test("200 with those that have expired, without those that have ended", async () => {
    const [expired, declined, accepted, canceled] = await Promise.all(
      [1, 2, 3, 4].map(() => givenPatientInvitation(clinic)),
    );
    await rows("UPDATE patient_invitations SET expires_at = 1 WHERE key = ? RETURNING key", expired!.key);
    expect((await clinic.member.delete(declined!.path)).status).toBe(200);
    expect((await clinic.member.put(accepted!.path)).status).toBe(200);
    expect((await canceled!.sender.delete(canceled!.path)).status).toBe(200);
    expect((await list()).body.map((it: any) => it.key)).toEqual([expired!.key]);
  });

  test("200 lists an invitation of somebody nobody knows any more, without a profile", async () => {
    const { sender, key } = await givenPatientInvitation(clinic);
    await removeAccount(sender.id);
    const { body } = await list();
    expect(body).toEqual([expect.objectContaining({ key, creatorId: sender.id })]);
    expect(body[0]).not.toHaveProperty("creator");
  });

  test("200 for a clinician of any role and for a service; nothing where there is nothing", async () => {
    expect([(await list(clinic.prescriber)).status, (await list(clinic.admin)).body]).toEqual([200, []]);
    expect((await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/invites/patients`)).body).toEqual([]);
  });

  test("401 with a reason for everybody else, who invites included", async () => {
    const { sender } = await givenPatientInvitation(clinic);
    for (const caller of [clinic.outsider, sender]) {
      const { status, body } = await list(caller);
      const message = "Not authorized for requested operation";
      expect([status, body]).toEqual([401, { code: 401, message, reason: message }]);
    }
  });
});
