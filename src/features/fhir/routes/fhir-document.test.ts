import { expect, test } from "vitest";
import { BASE, givenRosa, HOST } from "../../../../test/fhir/given.ts";
import { expectToBeFhir } from "../../../../test/fhir/structure.ts";
import { person, UNKNOWN_ID } from "../../../../test/harness.ts";

test("says what is known of a report, and where its bytes are", async () => {
  const { clinic, id, userId } = await givenRosa();
  const made = (await clinic.member.post(`${clinic.path}/patients/${userId}/reports`, {})).body;
  const answer = await clinic.member.get(`${BASE}/DocumentReference/${made.id}`);
  expect([answer.status, answer.calls]).toEqual([200, 1]);
  expectToBeFhir(answer.body);
  expect(answer.body).toMatchObject({
    id: made.id,
    status: "current",
    docStatus: "final",
    type: { coding: [{ system: "http://loinc.org", code: "107931-8" }] },
    subject: { reference: `Patient/${id}` },
    date: made.createdTime,
    custodian: { identifier: { system: `${HOST}/clinics`, value: clinic.clinicId } },
    content: [
      {
        attachment: {
          contentType: "application/pdf",
          url: `${HOST}${BASE}/Binary/${made.id}`,
          size: made.size,
          title: "report.pdf",
          creation: made.createdTime,
        },
      },
    ],
    context: { period: { start: "2024-03-17", end: "2024-03-30" } },
  });
  expect(answer.body.content[0].attachment.hash).toBeUndefined();
});

test("who may: member, service, the patient; a person learns nothing of other reports", async () => {
  const { clinic, userId } = await givenRosa();
  const { id } = (await clinic.member.post(`${clinic.path}/patients/${userId}/reports`, {})).body;
  const statusOf = async (who: { get(path: string): Promise<{ status: number }> }, report: string) =>
    (await who.get(`${BASE}/DocumentReference/${report}`)).status;
  for (const who of [clinic.member, clinic.service, await person({ sub: userId })])
    expect(await statusOf(who, id)).toBe(200);
  for (const who of [clinic.prescriber, clinic.outsider]) {
    expect(await statusOf(who, id)).toBe(403);
    expect(await statusOf(who, UNKNOWN_ID)).toBe(403);
  }
  expect(await statusOf(clinic.service, UNKNOWN_ID)).toBe(404);
  expect(await statusOf(clinic.service, "no-id")).toBe(400);
});
