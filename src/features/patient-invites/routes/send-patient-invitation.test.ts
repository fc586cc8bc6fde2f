import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  countRows,
  type GivenClinic,
  givenAccount,
  givenClinic,
  newUserId,
  person,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { mailsOfClinic } from "../../../../test/invitations.ts";
import { givenPatientInvitation, settled, shareCodeOf } from "../../../../test/patient-invitations.ts";

let clinic: GivenClinic;
let sender: Caller;
let shareCode: string;
beforeEach(async () => {
  clinic = await givenClinic();
  shareCode = await shareCodeOf(clinic);
  sender = await givenAccount({
    name: "Rosa Diaz",
    profile: { fullName: "Rosa Diaz", patient: { birthday: "1987-02-03" } },
  });
});
const offer = (
  fields: Record<string, unknown> = {},
  caller = sender,
  userId = sender.id,
  headers?: Record<string, string>,
) =>
  caller.post(
    `/confirm/send/invite/${userId}/clinic`,
    { shareCode, permissions: { view: {}, note: {} }, ...fields },
    headers,
  );
const stored = () =>
  rows("SELECT * FROM patient_invitations WHERE clinic_id = ? ORDER BY created_at, key", clinic.clinicId);
const mails = () => mailsOfClinic(clinic.clinicId, "patient_clinic_invitation");
const WEEK_MS = 7 * 24 * 3_600_000;

describe("SendPatientInvitation", () => {
  test("200 shows a pending invitation that is open for seven days, in two round trips", async () => {
    const { status, body, calls, headers } = await offer();
    expect([status, calls]).toEqual([200, 2]);
    expect(body).toEqual({
      key: expect.stringMatching(/^[\w-]{32}$/),
      type: "careteam_invitation",
      status: "pending",
      email: "",
      clinicId: clinic.clinicId,
      creatorId: sender.id,
      creator: { userid: sender.id, profile: { fullName: "Rosa Diaz", patient: { birthday: "1987-02-03" } } },
      context: { view: {}, note: {} },
      created: expect.any(String),
      modified: body.created,
      expiresAt: new Date(Date.parse(body.created) + WEEK_MS).toISOString(),
    });
    expect(await stored()).toEqual([
      {
        key: body.key,
        clinic_id: clinic.clinicId,
        creator_id: sender.id,
        permissions: 2 + 8,
        status: "pending",
        created_at: Date.parse(body.created),
        modified_at: Date.parse(body.created),
        expires_at: Date.parse(body.expiresAt),
      },
    ]);
    expect(
      await rows(
        "SELECT patient_id, operation, clinic_id FROM audit_log WHERE request_id = ?",
        headers.get("x-request-id"),
      ),
    ).toEqual([{ patient_id: sender.id, operation: "SendPatientInvitation", clinic_id: clinic.clinicId }]);
  });

  test("200 tells every admin who is a member, one mail each, and nobody else", async () => {
    const second = await person();
    await clinic.service.post(`${clinic.path}/clinicians`, {
      id: second.id,
      email: "second@admin.test",
      roles: ["CLINIC_ADMIN"],
    });
    await clinic.service.post(`${clinic.path}/clinicians`, {
      inviteId: "pending",
      email: "third@admin.test",
      roles: ["CLINIC_ADMIN"],
    });
    const { body } = await offer();
    const sent = await mails();
    expect(sent.map((mail) => mail.recipient_email).toSorted()).toEqual(
      [`${clinic.admin.id}@people.test`, "second@admin.test"].toSorted(),
    );
    expect(new Set(sent.map((mail) => mail.unique_key))).toEqual(
      new Set([clinic.admin, second].map(({ id }) => `patient_clinic_invitation:${body.key}:${id}`)),
    );
    const { name } = (await clinic.admin.get(clinic.path)).body;
    for (const { variables } of sent) {
      expect(JSON.parse(variables)).toEqual({ CareteamName: "Rosa Diaz", ClinicName: name, WebPath: "login" });
    }
  });

  test("200 without a mail where the clinic suppresses it", async () => {
    const settings = { suppressedNotifications: { patientClinicInvitation: true } };
    expect((await clinic.admin.post(`${clinic.path}/suppressed_notifications`, settings)).status).toBeLessThan(300);
    expect((await offer()).status).toBe(200);
    expect(await mails()).toEqual([]);
  });

  test("200 for a service on somebody's behalf, and names the person who is cared for", async () => {
    const carer = await givenAccount({
      profile: { fullName: "Carla Diaz", patient: { fullName: "Rosa Diaz", isOtherPerson: true } },
    });
    expect((await offer({}, clinic.service, carer.id)).status).toBe(200);
    expect((await mails()).map(({ variables }) => JSON.parse(variables).CareteamName)).toEqual(["Rosa Diaz"]);
  });

  test("200 for somebody the directory does not know yet, by the name in their token", async () => {
    const newcomer = await person({ name: "New Comer" });
    const answer = await offer({}, newcomer, newcomer.id);
    expect(answer.status).toBe(200);
    expect((await mails()).map(({ variables }) => JSON.parse(variables).CareteamName)).toEqual(["New Comer"]);
  });

  test("200 finds the code in any case, and never offers custody", async () => {
    const { status, body } = await offer({
      shareCode: ` ${shareCode.toLowerCase()} `,
      permissions: { custodian: {}, view: {} },
    });
    expect([status, body.context]).toEqual([200, { view: {} }]);
    expect(await stored()).toEqual([expect.objectContaining({ permissions: 2 })]);
  });

  test.each([
    {},
    { permissions: undefined },
    { permissions: {} },
    { permissions: { custodian: {} } },
    { permissions: { view: true } },
    { shareCode: "" },
  ])("400 for %j", async (fields) => {
    const body = Object.keys(fields).length === 0 ? {} : { shareCode, permissions: { view: {} }, ...fields };
    const answer = await sender.post(`/confirm/send/invite/${sender.id}/clinic`, body);
    expect([answer.status, answer.body.reason]).toEqual([400, answer.body.message]);
    expect(await stored()).toEqual([]);
  });

  test("401 for anybody else, an admin of the clinic included", async () => {
    const answer = await offer({}, clinic.admin);
    expect([answer.status, answer.body.message]).toEqual([401, "Not authorized for requested operation"]);
  });

  test("404 for a code that leads nowhere, and for a user a service makes up; nothing is stored", async () => {
    const before = await settled();
    const noClinic = await offer({ shareCode: "AAAA-AAAA-AAAA" });
    expect([noClinic.status, noClinic.body.message]).toEqual([404, "clinic not found"]);
    const noUser = await offer({}, clinic.service, newUserId());
    expect([noUser.status, noUser.body.message]).toEqual([404, "not found"]);
    expect(await settled()).toBe(before);
  });

  test("409 for a patient of the clinic, before anything else, and nothing is stored", async () => {
    expect((await clinic.service.post(`${clinic.path}/patients/${sender.id}`, {})).status).toBe(200);
    const before = await settled();
    const answer = await offer();
    expect([answer.status, answer.body.message]).toEqual([409, "The user is already a patient of the clinic"]);
    expect(await settled()).toBe(before);
  });

  test("409 while another is open; 200 to another clinic, and after it was declined", async () => {
    const { body } = await offer();
    const answer = await offer({ permissions: { upload: {} } });
    expect([answer.status, answer.body.message]).toEqual([409, "There is already an existing invite"]);
    const other = await givenClinic();
    expect((await offer({ shareCode: await shareCodeOf(other) })).status).toBe(200);
    expect((await clinic.member.delete(`${clinic.path}/invites/patients/${body.key}`)).status).toBe(200);
    expect((await offer()).status).toBe(200);
  });

  test("200 once it has expired, which cancels the one that has", async () => {
    const { key } = (await offer()).body;
    await rows("UPDATE patient_invitations SET expires_at = 1 WHERE key = ? RETURNING key", key);
    const { status, body } = await offer();
    expect(status).toBe(200);
    expect(Object.fromEntries((await stored()).map((row) => [row.key, row.status]))).toEqual({
      [key]: "canceled",
      [body.key]: "pending",
    });
  });

  test("429 with Retry-After for the eleventh within an hour, however often the others were canceled; no mail", async () => {
    for (let i = 0; i < 10; i++) {
      const { status, body } = await offer();
      expect(status).toBe(200);
      expect((await sender.delete(`${clinic.path}/invites/patients/${body.key}`)).status).toBe(200);
    }
    const before = await settled();
    const refused = await offer();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "3600"]);
    expect(await settled()).toBe(before);
    await rows(
      "UPDATE patient_invitations SET created_at = created_at - 3600000 WHERE creator_id = ? RETURNING key",
      sender.id,
    );
    expect((await offer()).status).toBe(200);
  });

  test("of eight at once one is made, the rest get 409, and each admin has one mail", async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, () => offer()));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
    expect(await stored()).toHaveLength(1);
    expect(await mails()).toHaveLength(1);
  });

  test("200 again with the Idempotency-Key, with the same invitation and no second mail", async () => {
    const key = { "idempotency-key": newUserId() };
    const first = await offer({}, sender, sender.id, key);
    const again = await offer({}, sender, sender.id, key);
    expect([again.status, again.body, again.headers.get("idempotent-replayed")]).toEqual([200, first.body, "true"]);
    expect(await countRows("patient_invitations WHERE creator_id = ?", sender.id)).toBe(1);
    expect(await mails()).toHaveLength(1);
  });

  test("200 and then a patient: what is offered is what the clinic gets", async () => {
    const { path } = await givenPatientInvitation(clinic, {}, { upload: {} });
    expect((await clinic.member.put(path)).body.permissions).toEqual({ upload: {} });
  });
});
