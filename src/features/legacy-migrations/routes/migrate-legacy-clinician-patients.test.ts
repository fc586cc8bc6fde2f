import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  type GivenClinic,
  givenClinic,
  newUserId,
  statuses,
  UNKNOWN_ID,
  unmigrate,
} from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const migrate = (body: unknown, path = clinic.path) => clinic.service.post(`${path}/migrations`, body);

describe("MigrateLegacyClinicianPatients", () => {
  test("200 starts the migration of a member's patients, with the job in the outbox, in one round trip", async () => {
    const answer = await migrate({ userId: clinic.member.id });
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    expect(answer.body).toMatchObject({ userId: clinic.member.id, status: "PENDING" });
    expect(await countRows("outbox WHERE kind = 'run_migration' AND recipient_user_id = ?", clinic.member.id)).toBe(1);
  });

  test("404 for a clinic or a member that is not there, 422 for a clinic that is not migrated, 400 without a user", async () => {
    expect((await migrate({ userId: clinic.member.id }, `/v1/clinics/${UNKNOWN_ID}`)).body.message).toBe(
      "clinic not found",
    );
    expect((await migrate({ userId: clinic.member.id }, "/v1/clinics/no-id")).status).toBe(404);
    expect((await migrate({ userId: newUserId() })).body.message).toBe("clinician not found");
    expect((await migrate({})).status).toBe(400);
    await unmigrate(clinic.clinicId);
    const answer = await migrate({ userId: clinic.member.id });
    expect([answer.status, answer.body.message]).toEqual([422, "constraint violation: clinic is not migrated"]);
  });

  test("200 with a job of its own for an account whose migration went with a clinic that was deleted", async () => {
    const { admin } = clinic;
    expect((await migrate({ userId: admin.id })).status).toBe(200);
    expect((await admin.delete(clinic.path)).status).toBe(204);
    const other = await givenClinic();
    const joins = { id: admin.id, email: `${admin.id}@people.test`, name: "Legacy Clinic", roles: ["CLINIC_MEMBER"] };
    expect((await clinic.service.post(`${other.path}/clinicians`, joins)).status).toBe(200);
    expect((await migrate({ userId: admin.id }, other.path)).status).toBe(200);
    expect(await countRows("outbox WHERE kind = 'run_migration' AND clinic_id = ?", other.clinicId)).toBe(1);
  });

  test("of eight racers one starts it, the rest get 409", async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, () => migrate({ userId: clinic.member.id })));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
    expect(racers.find(({ status }) => status === 409)?.body.message).toBe("migration duplicate");
  });
});
