import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  everythingStored,
  type GivenClinic,
  givenClinic,
  newUserId,
  person,
  rows,
  UNKNOWN_ID,
  unmigrate,
} from "../../../../test/harness.ts";
import { mailsOfClinic } from "../../../../test/invitations.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const pathOf = (userId: string) => `${clinic.path}/clinicians/${userId}`;
const body = (roles: string[], fields: Record<string, unknown> = {}) => ({
  email: "ignored@else.test",
  roles,
  ...fields,
});
const update = (userId: string, roles: string[], caller = clinic.admin, fields = {}) =>
  caller.put(pathOf(userId), body(roles, fields));
const history = (userId: string) =>
  rows(
    "SELECT previous_roles, roles, updated_by, at FROM clinician_role_changes WHERE user_id = ? ORDER BY id",
    userId,
  );
const secondAdmin = async () => {
  const caller = await person();
  await clinic.service.post(`${clinic.path}/clinicians`, {
    id: caller.id,
    email: `${caller.id}@people.test`,
    roles: ["CLINIC_ADMIN"],
  });
  return caller;
};

const mails = () => mailsOfClinic(clinic.clinicId, "clinician_permissions_updated");

describe("UpdateClinician", () => {
  test("200 with other roles puts a mail to the member in the outbox, signed by who changed them", async () => {
    const { name } = (await clinic.admin.get(clinic.path)).body;
    await clinic.admin.put(pathOf(clinic.admin.id), body(["CLINIC_ADMIN"], { name: "Ana Ruiz" }));
    await update(clinic.member.id, ["PRESCRIBER"]);
    await update(clinic.member.id, ["CLINIC_MEMBER"], clinic.service);
    const sent = await mails();
    expect(sent.map((mail) => [mail.recipient_user_id, JSON.parse(mail.variables)])).toEqual([
      [clinic.member.id, { ClinicName: name, ClinicianName: "Ana Ruiz" }],
      [clinic.member.id, { ClinicName: name, ClinicianName: "Clinic administrator" }],
    ]);
  });

  test("200 with the same roles, and every refusal, sends no mail", async () => {
    await update(clinic.member.id, ["CLINIC_MEMBER"], clinic.admin, { name: "Another Name" });
    expect((await update(clinic.admin.id, ["CLINIC_MEMBER"])).status).toBe(422);
    expect(await mails()).toEqual([]);
  });

  test("200 writes name and roles, keeps the address, in two round trips with one audit row", async () => {
    const before = (await clinic.admin.get(pathOf(clinic.member.id))).body;
    const answer = await update(clinic.member.id, ["PRESCRIBER", "CLINIC_ADMIN"], clinic.admin, { name: "New Name" });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...before,
      name: "New Name",
      roles: ["PRESCRIBER", "CLINIC_ADMIN"],
      updatedTime: expect.any(String),
    });
    expect((await clinic.admin.get(pathOf(clinic.member.id))).body).toEqual(answer.body);
    expect(answer.calls).toBe(2);
    expect(await countRows("audit_log WHERE request_id = ?", answer.headers.get("x-request-id"))).toBe(1);
  });

  test("200 clears the name when it is left out", async () => {
    expect((await update(clinic.member.id, ["CLINIC_MEMBER"])).body).not.toHaveProperty("name");
    expect((await clinic.admin.get(pathOf(clinic.member.id))).body).not.toHaveProperty("name");
  });

  test("200 takes back what was read, times and a service account's empty address included", async () => {
    const { body: read } = await clinic.admin.get(pathOf(clinic.member.id));
    expect((await clinic.admin.put(pathOf(clinic.member.id), { ...read, email: "" })).status).toBe(200);
  });

  test("200 keeps in the history who changed which roles, and only when the set changes", async () => {
    await update(clinic.member.id, ["CLINIC_MEMBER", "PRESCRIBER"]);
    await update(clinic.member.id, ["PRESCRIBER", "CLINIC_MEMBER"]);
    await update(clinic.member.id, ["CLINIC_MEMBER"], clinic.service);
    expect(await history(clinic.member.id)).toEqual([
      {
        previous_roles: '["CLINIC_MEMBER"]',
        roles: '["CLINIC_MEMBER","PRESCRIBER"]',
        updated_by: clinic.admin.id,
        at: expect.any(Number),
      },
      {
        previous_roles: '["PRESCRIBER","CLINIC_MEMBER"]',
        roles: '["CLINIC_MEMBER"]',
        updated_by: clinic.service.id,
        at: expect.any(Number),
      },
    ]);
  });

  test("200 takes effect at once: a demoted admin is refused by the next request", async () => {
    const other = await secondAdmin();
    expect((await update(other.id, ["CLINIC_MEMBER"])).status).toBe(200);
    expect((await update(clinic.member.id, ["CLINIC_ADMIN"], other)).status).toBe(403);
  });

  test.each([
    {},
    { roles: ["CLINIC_MEMBER"] },
    body([]),
    body(["OWNER"]),
    body(["CLINIC_MEMBER"], { name: null }),
    null,
  ])("400 on %j, and nothing is stored", async (wrong) => {
    const before = await everythingStored();
    expect((await clinic.admin.put(pathOf(clinic.member.id), wrong)).status).toBe(400);
    expect((await clinic.admin.put(pathOf(clinic.member.id), "")).status).toBe(400);
    expect(await everythingStored()).toBe(before);
  });

  test("403 for a member about themself", async () => {
    expect((await update(clinic.member.id, ["CLINIC_ADMIN"], clinic.member)).status).toBe(403);
  });

  test("404 for a clinic that is not there, 422 where it is not migrated, and only then 404 for the clinician", async () => {
    const stranger = newUserId();
    const noClinic = await clinic.service.put(`/v1/clinics/${UNKNOWN_ID}/clinicians/${stranger}`, body(["PRESCRIBER"]));
    expect([noClinic.status, noClinic.body.message]).toEqual([404, "clinic not found"]);
    const noClinician = await update(stranger, ["PRESCRIBER"]);
    expect([noClinician.status, noClinician.body.message]).toEqual([404, "clinician not found"]);
    await unmigrate(clinic.clinicId);
    const before = await everythingStored();
    for (const userId of [stranger, clinic.member.id]) {
      const answer = await update(userId, ["PRESCRIBER"]);
      expect([answer.status, answer.body.message]).toEqual([422, "constraint violation: clinic is not migrated"]);
    }
    expect(await everythingStored()).toBe(before);
  });

  test("422 for the only admin, who stays one, and nothing is stored", async () => {
    const before = await everythingStored();
    for (const caller of [clinic.admin, clinic.service]) {
      const answer = await update(clinic.admin.id, ["CLINIC_MEMBER"], caller);
      expect(answer.status).toBe(422);
      expect(answer.body.message).toBe("constraint violation: the clinic must have at least one admin");
    }
    expect(await everythingStored()).toBe(before);
  });

  test("422 also when the other admins are a pending invitation and an admin of another clinic", async () => {
    const invitation = { inviteId: "key", email: "invited@else.test", roles: ["CLINIC_ADMIN"] };
    await clinic.service.post(`${clinic.path}/clinicians`, invitation);
    await givenClinic();
    expect((await update(clinic.admin.id, ["CLINIC_MEMBER"])).status).toBe(422);
  });

  test("200 for the only admin who stays one, and for a plain member of a clinic without admins", async () => {
    expect((await update(clinic.admin.id, ["CLINIC_MEMBER", "CLINIC_ADMIN"])).status).toBe(200);
    await rows("UPDATE clinicians SET roles = '[\"PRESCRIBER\"]' WHERE user_id = ? RETURNING id", clinic.admin.id);
    expect((await update(clinic.member.id, ["PRESCRIBER"], clinic.service)).status).toBe(200);
  });

  test("200 again with the Idempotency-Key without a second history row; 422 for another body", async () => {
    const key = { "idempotency-key": newUserId() };
    const first = await clinic.admin.put(pathOf(clinic.member.id), body(["PRESCRIBER"]), key);
    await update(clinic.member.id, ["CLINIC_MEMBER"]);
    const again = await clinic.admin.put(pathOf(clinic.member.id), body(["PRESCRIBER"]), key);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await history(clinic.member.id)).toHaveLength(2);
    expect((await clinic.admin.put(pathOf(clinic.member.id), body(["CLINIC_ADMIN"]), key)).status).toBe(422);
  });
});
