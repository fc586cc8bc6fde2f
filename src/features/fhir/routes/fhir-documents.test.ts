import { expect, test } from "vitest";
import { BASE, givenRosa } from "../../../../test/fhir/given.ts";
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
