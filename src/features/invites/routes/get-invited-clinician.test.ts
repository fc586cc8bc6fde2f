import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, UNKNOWN_ID, unmigrate } from "../../../../test/harness.ts";
import { givenInvite } from "../../../../test/invitations.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});

describe("GetInvitedClinician", () => {
  test("200 gives the record, in one round trip, also in a clinic that is not migrated", async () => {
    const { key, path, email } = await givenInvite(clinic, { roles: ["PRESCRIBER"] });
    await unmigrate(clinic.clinicId);
    const answer = await clinic.service.get(`${path}/clinician`);
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    expect(answer.body).toMatchObject({ inviteId: key, email, roles: ["PRESCRIBER"] });
    expect(answer.body).not.toHaveProperty("id");
  });

  test("404 for an unknown key, another clinic's, and one that was accepted", async () => {
    const [other, accepted] = [await givenInvite(await givenClinic()), await givenInvite(clinic)];
    await accepted.invitee.put(accepted.receivedPath);
    for (const key of [UNKNOWN_ID, other.key, accepted.key]) {
      const answer = await clinic.service.get(`${clinic.path}/invites/clinicians/${key}/clinician`);
      expect([answer.status, answer.body]).toEqual([404, { code: 404, message: "clinician not found" }]);
    }
  });
});
