import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  type GivenClinic,
  givenClinic,
  givenSite,
  givenTag,
  rows,
  statuses,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { givenPatients, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const remove = (caller = clinic.admin) => caller.delete(clinic.path);
const DEMO = "de30de30de";

describe("DeleteClinic", () => {
  test("204 removes a clinic that has only the demo patient with everything in it, in one round trip", async () => {
    await givenTag(clinic);
    await givenSite(clinic);
    const answer = await remove();
    expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 1]);
    for (const table of ["clinicians", "patients", "clinic_patient_tags", "clinic_sites", "clinic_provider_counts"]) {
      expect(await countRows(`${table} WHERE clinic_id = ?`, clinic.clinicId), table).toBe(0);
    }
    expect((await clinic.outsider.get(clinic.path)).status).toBe(404);
  });

  test("204 keeps a snapshot of clinic, members and demo patient, and who deleted them", async () => {
    const tag = await givenTag(clinic);
    const { name, shareCode } = (await clinic.admin.get(clinic.path)).body;
    await clinic.admin.post(`${clinic.path}/patients/assign_tag/${tag.id}`, [DEMO]);
    await remove();
    const [kept] = await rows("SELECT * FROM deleted_clinics WHERE id = ?", clinic.clinicId);
    expect(kept).toMatchObject({
      name,
      deleted_by: clinic.admin.id,
      patient_total: expect.any(Number),
      share_codes: JSON.stringify([shareCode]),
      patient_tags: expect.stringContaining(tag.id),
    });
    const ofClinic = "WHERE clinic_id = ? AND deleted_by = ?";
    expect(await countRows(`deleted_clinicians ${ofClinic}`, clinic.clinicId, clinic.admin.id)).toBe(3);
    expect(await rows(`SELECT user_id FROM deleted_patients ${ofClinic}`, clinic.clinicId, clinic.admin.id)).toEqual([
      { user_id: DEMO },
    ]);
    expect(await countRows("audit_log WHERE clinic_id = ? AND operation = 'DeleteClinic'", clinic.clinicId)).toBe(1);
  });

  test("204 cancels pending invitations of either kind and forgets migrations, and leaves other clinics' alone", async () => {
    const other = await givenClinic();
    for (const { clinicId } of [clinic, other]) {
      for (const status of ["pending", "completed"]) {
        await rows(
          `INSERT INTO clinician_invitations (key, clinic_id, email, email_key, creator_id, clinic_name, status, created_at, modified_at)
           VALUES (?, ?, 'a@b.test', 'a@b.test', 'x', 'x', ?, 0, 0) RETURNING key`,
          `${clinicId} ${status}`,
          clinicId,
          status,
        );
        await rows(
          `INSERT INTO patient_invitations (key, clinic_id, creator_id, permissions, status, created_at, modified_at, expires_at)
           VALUES (?, ?, 'x', 1, ?, 0, 0, 0) RETURNING key`,
          `${clinicId} ${status}`,
          clinicId,
          status,
        );
      }
      await rows("INSERT INTO migrations VALUES (?, ?, 'RUNNING', 0, 0) RETURNING user_id", clinicId, clinicId);
      await rows("INSERT INTO migration_failures VALUES (?, 'x', 1, 'x', 0) RETURNING attempts", clinicId);
    }
    expect((await remove()).status).toBe(204);
    const left = (table: string, clinicId: string) =>
      rows(`SELECT status, modified_at > 0 AS "isChanged" FROM ${table} WHERE clinic_id = ? ORDER BY status`, clinicId);
    for (const table of ["clinician_invitations", "patient_invitations"]) {
      expect(await left(table, clinic.clinicId)).toEqual([
        { status: "canceled", isChanged: 1 },
        { status: "completed", isChanged: 0 },
      ]);
      expect(await left(table, other.clinicId)).toEqual([
        { status: "completed", isChanged: 0 },
        { status: "pending", isChanged: 0 },
      ]);
    }
    expect(await countRows("migrations WHERE clinic_id = ?", clinic.clinicId)).toBe(0);
    expect(await countRows("migration_failures WHERE migration_user_id = ?", clinic.clinicId)).toBe(0);
    expect(await countRows("migrations WHERE clinic_id = ?", other.clinicId)).toBe(1);
    expect(await countRows("migration_failures WHERE migration_user_id = ?", other.clinicId)).toBe(1);
  });

  test("204 by a service names nobody", async () => {
    expect((await remove(clinic.service)).status).toBe(204);
    expect(await rows("SELECT deleted_by FROM deleted_clinics WHERE id = ?", clinic.clinicId)).toEqual([
      { deleted_by: null },
    ]);
  });

  test("204 of a clinic without any patient", async () => {
    await rows("DELETE FROM patients WHERE clinic_id = ?", clinic.clinicId);
    expect((await remove()).status).toBe(204);
  });

  test("400 while there is a patient besides the demo patient", async () => {
    await givenPatients(clinic, {});
    const answer = await unchanging(() => remove());
    expect([answer.status, answer.body.message]).toEqual([
      400,
      "bad request: deletion of non-empty clinics is not allowed",
    ]);
  });

  test("403 comes before 400: a plain member may not delete", async () => {
    await givenPatients(clinic, {});
    expect((await unchanging(() => remove(clinic.member))).status).toBe(403);
  });

  test("403 for the former admin, 404 for a service, once it is gone", async () => {
    await remove();
    expect((await remove()).status).toBe(403);
    const again = await unchanging(() => remove(clinic.service));
    expect([again.status, again.body.message]).toEqual([404, "clinic not found"]);
    expect((await clinic.service.delete(`/v1/clinics/${UNKNOWN_ID}`)).status).toBe(404);
  });

  test("of eight at once one deletes, the rest find it gone, and one snapshot is kept", async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, () => remove(clinic.service)));
    expect(statuses(racers)).toEqual([204, ...Array(7).fill(404)]);
    expect(await countRows("deleted_clinics WHERE id = ?", clinic.clinicId)).toBe(1);
  });

  test.each([0, 4, 8])(
    "against eight patients added at once, %i first, the clinic goes alone or stays",
    async (first) => {
      const add = (i: number) =>
        clinic.service.post(`${clinic.path}/patients`, { fullName: `Racer ${i}`, birthDate: "1980-01-31" });
      const racers = Array.from({ length: 8 }, (_, i) => () => add(i)).toSpliced(first, 0, () => remove());
      const answers = await Promise.all(racers.map((race) => race()));
      const [removed] = answers.splice(first, 1);
      const isGone = removed!.status === 204;
      expect(isGone || removed!.status === 400).toBe(true);
      expect(statuses(answers)).toEqual(Array(8).fill(isGone ? 404 : 200));
      expect(await countRows("clinics WHERE id = ?", clinic.clinicId)).toBe(isGone ? 0 : 1);
      expect(await countRows("patients WHERE clinic_id = ?", clinic.clinicId)).toBe(isGone ? 0 : 9);
    },
  );
});

describe("DeleteClinic, repeated with its Idempotency-Key", () => {
  test("204 again for the admin, who is no member any more; 403 without the key or for another request", async () => {
    const clinic = await givenClinic();
    const key = { "idempotency-key": "gone" };
    expect((await clinic.admin.delete(clinic.path, key)).status).toBe(204);
    const again = await clinic.admin.delete(clinic.path, key);
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([204, "true"]);
    expect((await clinic.admin.delete(clinic.path)).status).toBe(403);
    expect((await clinic.member.delete(clinic.path, key)).status).toBe(403);
    expect((await clinic.admin.put(clinic.path, { name: "n", preferredBgUnits: "mg/dL" }, key)).status).toBe(403);
  });
});
