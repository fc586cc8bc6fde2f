import { expect, test, vi } from "vitest";
import { countRows, givenClinic, givenPatient, newUserId, rows } from "../harness.ts";
import { merge } from "../patient-merges.ts";

test("an undo leaves a claim with the clinic that it was led to meanwhile", async () => {
  const [here, offering, joining] = [await givenClinic(), await givenClinic(), await givenClinic()];
  const born = { fullName: "Ada", birthDate: "1980-01-01" };
  const a = await givenPatient(offering, { ...born, email: `c${newUserId()}@claims.test` });
  await here.service.post(`${here.path}/patients/${a.id}`, { permissions: { view: {}, custodian: {} }, ...born });
  const b = await givenPatient(here, born);
  const claim = async () =>
    (
      await rows<{ key: string; clinic: string }>(
        "SELECT key, clinic_id AS clinic FROM account_claims WHERE user_id = ?",
        a.id,
      )
    )[0];
  const before = await claim();
  expect(before?.clinic).toBe(offering.clinicId);
  const { body } = await merge(here, b.id, a.id, { accept: ["records-elsewhere", "not-alike"] });
  const joined = await joining.service.post(`${joining.path}/merge`, { sourceId: offering.clinicId });
  expect(joined.status).toBe(200);
  await vi.waitFor(async () => expect((await claim())?.clinic).toBe(joining.clinicId), 20_000);
  const undone = await here.admin.post(`${here.path}/patient_merges/${body.id}/undo`);
  expect([undone.status, undone.body.notRestored]).toEqual([200, []]);
  expect(await claim()).toEqual({ key: before?.key, clinic: joining.clinicId });
  // Without the record there the link of the mail would open nothing.
  expect(await countRows("patients WHERE clinic_id = ? AND user_id = ?", joining.clinicId, a.id)).toBe(1);
});
