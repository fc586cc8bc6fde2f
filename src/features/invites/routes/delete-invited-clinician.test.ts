import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  everythingStored,
  type GivenClinic,
  givenClinic,
  newUserId,
  statuses,
  UNKNOWN_ID,
  unmigrate,
} from "../../../../test/harness.ts";
import { givenInvite, storedInvite } from "../../../../test/invitations.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const remove = (path: string, headers?: Record<string, string>) => clinic.service.delete(`${path}/clinician`, headers);

describe("DeleteInvitedClinician", () => {
  test("200 removes the record and cancels the invitation, in one round trip, and archives nothing", async () => {
    const { key, path } = await givenInvite(clinic);
    const answer = await remove(path);
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 1]);
    expect(await storedInvite(key)).toMatchObject({ status: "canceled", isPending: false });
    expect(await countRows("deleted_clinicians WHERE clinic_id = ?", clinic.clinicId)).toBe(0);
  });

  test("404 for a key the clinic does not have, and for the same request again; nothing is stored", async () => {
    const [{ path }, other] = [await givenInvite(clinic), await givenInvite(await givenClinic())];
    await remove(path);
    const before = await everythingStored();
    for (const unknown of [path, `${clinic.path}/invites/clinicians/${other.key}`]) {
      const answer = await remove(unknown);
      expect([answer.status, answer.body.message]).toEqual([404, "clinician not found"]);
    }
    expect((await remove(`/v1/clinics/${UNKNOWN_ID}/invites/clinicians/x`)).body.message).toBe("clinic not found");
    expect(await everythingStored()).toBe(before);
  });

  test("422 in a clinic that is not migrated", async () => {
    const { path } = await givenInvite(clinic);
    await unmigrate(clinic.clinicId);
    expect((await remove(path)).status).toBe(422);
  });

  test("of eight at once one removes it, the rest get 404; with an Idempotency-Key all get the first answer", async () => {
    const [one, two] = [await givenInvite(clinic), await givenInvite(clinic)];
    const racers = await Promise.all(Array.from({ length: 8 }, () => remove(one.path)));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(404)]);
    const key = { "idempotency-key": newUserId() };
    const repeats = await Promise.all(Array.from({ length: 8 }, () => remove(two.path, key)));
    expect(statuses(repeats)).toEqual(Array(8).fill(200));
  });
});
