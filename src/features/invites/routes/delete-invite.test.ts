import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  everythingStored,
  type GivenClinic,
  givenClinic,
  newUserId,
  rows,
  statuses,
  UNKNOWN_ID,
  unmigrate,
} from "../../../../test/harness.ts";
import { givenInvite, storedInvite } from "../../../../test/invitations.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const version = async () =>
  (await rows<{ version: number }>("SELECT version FROM clinics WHERE id = ?", clinic.clinicId))[0]!.version;

describe("DeleteInvite", () => {
  test("200 `OK` cancels the invitation and removes the record, in one round trip, and archives nothing", async () => {
    const { key, path } = await givenInvite(clinic);
    const answer = await clinic.admin.delete(path);
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "OK", 1]);
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(await storedInvite(key)).toMatchObject({ status: "canceled", isPending: false });
    expect(await countRows("deleted_clinicians WHERE clinic_id = ?", clinic.clinicId)).toBe(0);
  });

  test("200 touches the clinic once, however often it is repeated", async () => {
    const { path } = await givenInvite(clinic);
    const before = await version();
    for (let i = 0; i < 3; i++) expect((await clinic.admin.delete(path)).status).toBe(200);
    expect(await version()).toBe(before + 1);
  });

  test("200 removes a clinician's record that has no invitation", async () => {
    const body = { inviteId: newUserId(), email: `${newUserId()}@x.test`, roles: ["PRESCRIBER"] };
    await clinic.service.post(`${clinic.path}/clinicians`, body);
    expect((await clinic.admin.delete(`${clinic.path}/invites/clinicians/${body.inviteId}`)).text).toBe("OK");
    expect(await countRows("clinicians WHERE invite_id = ?", body.inviteId)).toBe(0);
  });

  test("200 for what is not pending, unknown or another clinic's, which all stay as they are", async () => {
    const [accepted, declined, other] = [
      await givenInvite(clinic),
      await givenInvite(clinic),
      await givenInvite(await givenClinic()),
    ];
    await accepted.invitee.put(accepted.receivedPath);
    await declined.invitee.delete(declined.receivedPath);
    for (const key of [accepted.key, declined.key, other.key, "unknown"]) {
      expect((await clinic.admin.delete(`${clinic.path}/invites/clinicians/${key}`)).text).toBe("OK");
    }
    expect((await storedInvite(accepted.key)).status).toBe("completed");
    expect((await storedInvite(declined.key)).status).toBe("declined");
    expect(await storedInvite(other.key)).toMatchObject({ status: "pending", isPending: true });
    expect((await clinic.admin.get(`${clinic.path}/clinicians/${accepted.invitee.id}`)).status).toBe(200);
  });

  test("200 `OK` as text again with the Idempotency-Key", async () => {
    const { path } = await givenInvite(clinic);
    const key = { "idempotency-key": newUserId() };
    const [first, again] = [await clinic.admin.delete(path, key), await clinic.admin.delete(path, key)];
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
  });

  test("422 in a clinic that is not migrated, 404 in none, and nothing is stored", async () => {
    const { key, path } = await givenInvite(clinic);
    await unmigrate(clinic.clinicId);
    const before = await everythingStored();
    expect((await clinic.admin.delete(path)).status).toBe(422);
    expect((await clinic.service.delete(`/v1/clinics/${UNKNOWN_ID}/invites/clinicians/${key}`)).status).toBe(404);
    expect(await everythingStored()).toBe(before);
  });

  test("200 for eight at once", async () => {
    const { key, path } = await givenInvite(clinic);
    const racers = await Promise.all(Array.from({ length: 8 }, () => clinic.admin.delete(path)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(await storedInvite(key)).toMatchObject({ status: "canceled", isPending: false });
  });
});
