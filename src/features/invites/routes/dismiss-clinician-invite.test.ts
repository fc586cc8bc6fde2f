import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  everythingStored,
  type GivenClinic,
  givenClinic,
  newUserId,
  person,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { givenInvite, storedInvite } from "../../../../test/invitations.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const dismiss = (caller: Awaited<ReturnType<typeof person>>, key: string, headers?: Record<string, string>) =>
  caller.delete(`/v1/clinicians/${caller.id}/invites/${key}`, headers);
const version = async () =>
  (await rows<{ version: number }>("SELECT version FROM clinics WHERE id = ?", clinic.clinicId))[0]!.version;

describe("DismissClinicianInvite", () => {
  test("200 `OK` declines the invitation and removes the record, in two round trips", async () => {
    const { key, invitee } = await givenInvite(clinic);
    const before = await version();
    const answer = await dismiss(invitee, key);
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "OK", 2]);
    expect(await storedInvite(key)).toMatchObject({ status: "declined", isPending: false });
    expect(await version()).toBe(before + 1);
    expect(
      await rows("SELECT clinic_id, operation FROM audit_log WHERE request_id = ?", answer.headers.get("x-request-id")),
    ).toEqual([{ clinic_id: clinic.clinicId, operation: "DismissClinicianInvite" }]);
  });

  test("200 again, for an unknown key and for somebody else's, which stays as it is", async () => {
    const [mine, other] = [await givenInvite(clinic), await givenInvite(clinic)];
    await dismiss(mine.invitee, mine.key);
    for (const key of [mine.key, "unknown", other.key]) expect((await dismiss(mine.invitee, key)).text).toBe("OK");
    expect(await storedInvite(other.key)).toMatchObject({ status: "pending", isPending: true });
  });

  test("200 leaves who has accepted a member", async () => {
    const { key, invitee, receivedPath } = await givenInvite(clinic);
    await invitee.put(receivedPath);
    expect((await dismiss(invitee, key)).status).toBe(200);
    expect((await storedInvite(key)).status).toBe("completed");
    expect(await countRows("clinicians WHERE user_id = ?", invitee.id)).toBe(1);
  });

  test("403 with the right address that is not verified, and nothing is stored", async () => {
    const { key, email } = await givenInvite(clinic);
    const caller = await person({ email, email_verified: false });
    const before = await everythingStored();
    expect((await dismiss(caller, key)).status).toBe(403);
    expect(await everythingStored()).toBe(before);
  });

  test("200 `OK` for eight at once, and again with the Idempotency-Key", async () => {
    const [one, two] = [await givenInvite(clinic), await givenInvite(clinic)];
    const racers = await Promise.all(Array.from({ length: 8 }, () => dismiss(one.invitee, one.key)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    const key = { "idempotency-key": newUserId() };
    const repeats = [await dismiss(two.invitee, two.key, key), await dismiss(two.invitee, two.key, key)];
    expect(repeats.map(({ text }) => text)).toEqual(["OK", "OK"]);
    expect(repeats[1]!.headers.get("idempotent-replayed")).toBe("true");
  });

  test("accepted and dismissed at once: what is stored is one of the two, whole", async () => {
    for (let i = 0; i < 4; i++) {
      const { key, invitee, receivedPath } = await givenInvite(clinic);
      const [accepted, dismissed] = await Promise.all([invitee.put(receivedPath), dismiss(invitee, key)]);
      expect(dismissed.status).toBe(200);
      const isMember = (await countRows("clinicians WHERE user_id = ?", invitee.id)) === 1;
      expect([isMember, (await storedInvite(key)).status]).toEqual(
        accepted.status === 200 ? [true, "completed"] : [false, "declined"],
      );
    }
  });
});
