import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, person, rows } from "../harness.ts";
import { givenInvite } from "../invitations.ts";
import { carryOut, lockPair } from "../merge-rows.ts";
import { givenPatientInvitation } from "../patient-invitations.ts";
import { deliverRow, makeDue, postOffice } from "./post-office.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic({ name: "Harbor" });
});

/** Sends the mails that wait with this in their keys, as after an outage; to whom, and what became of the others. */
async function sendWaiting(key: string) {
  const office = postOffice();
  const waiting = await rows<{ id: string }>(
    "SELECT id FROM outbox WHERE instr(unique_key, ?) ORDER BY unique_key",
    key,
  );
  for (const { id } of waiting) {
    await makeDue(id);
    await deliverRow(id, office.env);
  }
  const left = await rows<{ reason: string | null }>(
    "SELECT reason FROM outbox WHERE instr(unique_key, ?) AND state = 'skipped' ORDER BY unique_key",
    key,
  );
  return { posted: office.posted, skipped: left.map(({ reason }) => reason) };
}

describe("the mail of a clinician's invitation", () => {
  test("goes out as long as the invitation waits", async () => {
    const { key, email } = await givenInvite(clinic);
    expect((await sendWaiting(key)).posted.map(({ to }) => to)).toEqual([email]);
  });

  test.each([
    ["withdrawn", (it, { admin }) => admin.delete(it.path)],
    ["accepted", (it) => it.invitee.put(it.receivedPath)],
    ["declined", (it) => it.invitee.delete(it.receivedPath)],
  ] as [string, (it: Awaited<ReturnType<typeof givenInvite>>, clinic: GivenClinic) => Promise<unknown>][])(
    "is not sent any more once that is %s",
    async (_, end) => {
      const it = await givenInvite(clinic);
      await end(it, clinic);
      expect(await sendWaiting(it.key)).toEqual({ posted: [], skipped: ["invitation_over"] });
    },
  );
});

describe("the mail of a patient's offer", () => {
  const claims = { name: "Rosa Diaz", profile: { fullName: "Rosa Diaz", patient: { birthday: "1987-02-03" } } };

  test("goes to the address that the admin has now", async () => {
    const { key } = await givenPatientInvitation(clinic, claims);
    const { id } = clinic.admin;
    await rows(
      "UPDATE clinicians SET email = 'new@admin.test' WHERE clinic_id = ? AND user_id = ? RETURNING id",
      clinic.clinicId,
      id,
    );
    const { posted } = await sendWaiting(key);
    expect(posted.map(({ to, text }) => [to, text.includes("Rosa Diaz")])).toEqual([["new@admin.test", true]]);
  });

  test("names nobody to who is an admin of the clinic no more", async () => {
    const [second, third] = [await person(), await person()];
    for (const { id } of [second, third]) {
      const admin = { id, email: `${id}@admin.test`, roles: ["CLINIC_ADMIN"] };
      expect((await clinic.service.post(`${clinic.path}/clinicians`, admin)).status).toBe(200);
    }
    const { key } = await givenPatientInvitation(clinic, claims);
    expect((await clinic.admin.delete(`${clinic.path}/clinicians/${second.id}`)).status).toBeLessThan(300);
    expect(
      (await clinic.admin.put(`${clinic.path}/clinicians/${third.id}`, { email: "a@b.test", roles: ["CLINIC_MEMBER"] }))
        .status,
    ).toBeLessThan(300);
    const { posted, skipped } = await sendWaiting(key);
    expect(posted).toHaveLength(1);
    expect(skipped).toEqual(["offer_over", "offer_over"]);
  });

  test("is not sent once the offer is answered or taken back", async () => {
    for (const end of ["canceled", "declined", "completed"]) {
      const { key, sender, path } = await givenPatientInvitation(clinic, claims);
      const { status } =
        end === "completed"
          ? await clinic.admin.put(path, { fullName: "Rosa Diaz", birthDate: "1987-02-03" })
          : await (end === "canceled" ? sender : clinic.admin).delete(path);
      expect(status).toBeLessThan(300);
      expect(await sendWaiting(key)).toEqual({ posted: [], skipped: ["offer_over"] });
    }
  });

  test("names the clinic to which it was redirected by a merge", async () => {
    const { key } = await givenPatientInvitation(clinic, claims);
    const target = await givenClinic({ name: "Lighthouse" });
    expect(await carryOut(await lockPair({ sourceId: clinic.clinicId, targetId: target.clinicId }))).toBe("done");
    const { posted } = await sendWaiting(key);
    expect(posted.map(({ text }) => text.includes("Lighthouse"))).toEqual([true]);
  });
});
