import { expect, test } from "vitest";
import { BASE, givenRosa, HOST } from "../../../../test/fhir/given.ts";
import { expectToBeFhir } from "../../../../test/fhir/structure.ts";

test("finds the reports of a patient, by type, period and date", async () => {
  const { clinic, id, userId } = await givenRosa();
  const search = async (query = "") =>
    (await clinic.member.get(`${BASE}/DocumentReference?patient=${id}${query}`)).body;
  expect(await search()).toMatchObject({ total: 0 });
  const report = (await clinic.member.post(`${clinic.path}/patients/${userId}/reports`, {})).body;
  const found = await search();
  expectToBeFhir(found);
  expect(found.entry.map(({ resource }: any) => resource.id)).toEqual([report.id]);
  const day = report.createdTime.slice(0, 10);
  for (const [query, total] of [
    ["&type=107931-8", 1],
    ["&type=http://loinc.org|1-1", 0],
    ["&period=2024-03", 1],
    ["&period=gt2024-03-30", 0],
    [`&date=${day}`, 1],
    [`&date=lt${day}`, 0],
    [`&date=${report.createdTime}`, 1],
    [`&_id=${report.id}`, 1],
    ["&_id=other", 0],
  ] as const)
    expect([query, (await search(query)).total]).toEqual([query, total]);
  expect((await clinic.prescriber.get(`${BASE}/DocumentReference?patient=${id}`)).status).toBe(403);
});

test("looks for a patient by `patient` alone: 400 without, also where another parameter names one", async () => {
  const { clinic, id, userId } = await givenRosa();
  await clinic.member.post(`${clinic.path}/patients/${userId}/reports`, {});
  const search = (query: string) => clinic.member.get(`${BASE}/DocumentReference?${query}`);
  for (const query of ["", `subject=${id}`]) {
    const { status, body } = await search(query);
    expect([query, status, body.issue?.[0].code]).toEqual([query, 400, "required"]);
  }
  const { status, body } = await search(`patient=${id}&subject=${clinic.clinicId}.0123456789`);
  expect([status, body.total]).toEqual([200, 1]);
  expect((await clinic.member.get(body.link[0].url.slice(HOST.length))).body.total).toBe(1);
});
