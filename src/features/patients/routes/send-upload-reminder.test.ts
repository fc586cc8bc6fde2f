import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenSite,
  newUserId,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { deliverRow, outboxRow, postOffice } from "../../../../test/mail/post-office.ts";
import { interrupted, unchanging } from "../../../../test/patient-rows.ts";

const BORN = { fullName: "Rosa Diaz", birthDate: "1987-02-03" };
let clinic: GivenClinic;
let patient: any;
beforeEach(async () => {
  clinic = await givenClinic({ name: "Harbor" });
  const site = await givenSite(clinic);
  patient = await givenPatient(clinic, { ...BORN, email: `rosa.${newUserId()}@own.test`, sites: [site] });
});
const remind = (caller: Caller = clinic.member, id = patient.id, headers?: Record<string, string>) =>
  caller.post(`${clinic.path}/patients/${id}/upload_reminder`, undefined, headers);
const get = async () => (await clinic.member.get(`${clinic.path}/patients/${patient.id}`)).body;
const mails = () =>
  rows<{ id: string; clinic_id: string; recipient_email: string | null; variables: string }>(
    "SELECT * FROM outbox WHERE recipient_user_id = ? AND kind = 'patient_upload_reminder' ORDER BY created_at, unique_key",
    patient.id,
  );

describe("SendUploadReminder", () => {
  test("200 records the time, shows the patient and puts one mail in the outbox, in two round trips", async () => {
    const before = await get();
    const answer = await remind();
    const time = answer.body.lastUploadReminderTime;
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toEqual({ ...before, lastUploadReminderTime: time, updatedTime: time });
    expect(Date.parse(time)).toBeGreaterThan(Date.parse(before.updatedTime));
    expect(await get()).toEqual(answer.body);
    const sent = await mails();
    expect(sent).toMatchObject([{ clinic_id: clinic.clinicId, recipient_email: null }]);
    expect(JSON.stringify(sent)).not.toMatch(/Rosa|own\.test|1987/);
  });

  test("mails the address the record has then, and says nothing of the patient", async () => {
    const office = postOffice();
    await remind();
    const email = `new.${newUserId()}@own.test`;
    await clinic.member.put(`${clinic.path}/patients/${patient.id}`, { ...BORN, email });
    await deliverRow((await mails())[0]!.id, office.env);
    expect(office.posted).toMatchObject([{ to: email, subject: "A reminder from Harbor" }]);
    expect(`${office.posted[0]!.subject} ${office.posted[0]!.text}`).not.toMatch(/Rosa|1987|glucose|diabetes/i);
    expect(office.posted[0]!.text).toContain("/login\n");
  });

  test.each([
    ["patient_gone", () => clinic.admin.delete(`${clinic.path}/patients/${patient.id}`)],
    ["record_without_address", () => clinic.member.put(`${clinic.path}/patients/${patient.id}`, BORN)],
    ["reminder_over", () => remind(clinic.admin)],
  ])("mails nothing where it is over by then: %s", async (reason, meanwhile) => {
    const office = postOffice();
    await remind();
    const [mail] = await mails();
    expect((await meanwhile()).status).toBeLessThan(300);
    await deliverRow(mail!.id, office.env);
    expect(await outboxRow(mail!.id)).toMatchObject({ state: "skipped", reason });
    expect(office.posted).toEqual([]);
  });

  test("200 again within 30 seconds gets the first answer and mails nobody twice, at once or later", async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, () => remind()));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(new Set(racers.map(({ text }) => text)).size).toBe(1);
    const again = await remind();
    expect([again.text, again.headers.get("idempotent-replayed")]).toEqual([racers[0]!.text, "true"]);
    expect(await mails()).toHaveLength(1);
    expect((await remind(clinic.admin)).headers.get("idempotent-replayed")).toBeNull();
    expect(await mails()).toHaveLength(2);
  });

  test("403 for a service, who only prescribes and the patient; 400 for a service that is a clinician here", async () => {
    for (const caller of [clinic.service, clinic.prescriber, clinic.outsider]) {
      expect((await unchanging(() => remind(caller))).status).toBe(403);
    }
    await rows("UPDATE clinicians SET user_id = ? WHERE user_id = ? RETURNING id", clinic.service.id, clinic.admin.id);
    const answer = await unchanging(() => remind(clinic.service));
    expect([answer.status, answer.body.message]).toEqual([400, "expected user access token"]);
    await rows("DELETE FROM clinicians WHERE user_id = ? RETURNING id", clinic.service.id);
  });

  test("404 for who is no patient of the clinic; nothing is mailed", async () => {
    const answer = await unchanging(() => remind(clinic.member, newUserId()));
    expect([answer.status, answer.body.message]).toEqual([404, "patient not found"]);
  });

  test("an update between look and write is shown, and not undone", async () => {
    const path = `${clinic.path}/patients/${patient.id}`;
    const request = { method: "POST", path: `${path}/upload_reminder` };
    const answer = await interrupted(clinic.member, request, () =>
      clinic.admin.put(path, { ...BORN, fullName: "Rosa Ruiz" }),
    );
    expect(answer.body).toMatchObject({ fullName: "Rosa Ruiz", lastUploadReminderTime: expect.any(String) });
    expect(await get()).toEqual(answer.body);
    expect(await mails()).toHaveLength(1);
  });
});
