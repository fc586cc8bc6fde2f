import { expect, test } from "vitest";
import { BASE, byMetric, givenRosa } from "../../../../test/fhir/given.ts";
import { expectToBeFhir } from "../../../../test/fhir/structure.ts";

test("is the member of the summary with the same id", async () => {
  const { clinic, id } = await givenRosa();
  const whole = byMetric((await clinic.member.get(`${BASE}/Patient/${id}/$cgm-summary`)).body);
  for (const metric of ["c14sum", "c14avg", "c14tir", "c14gmi", "c14cv", "c14day", "c14use"]) {
    const answer = await clinic.member.get(`${BASE}/Observation/${id}.${metric}`);
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    expect(answer.body).toEqual(whole[metric]);
    expectToBeFhir(answer.body);
  }
});

test.each([
  [".c7gmi", 404, "not-found"],
  [".c14xyz", 404, "not-found"],
  [".c2gmi", 404, "not-found"],
  [".c14gmi.20240330", 400, "value"],
  [`.c14gmi${"x".repeat(40)}`, 400, "value"],
  [".c14gmi%20", 400, "value"],
])("…%s: %i %s", async (ending, status, code) => {
  const { clinic, id } = await givenRosa();
  const answer = await clinic.member.get(`${BASE}/Observation/${id}${ending}`);
  expect([answer.status, answer.body.issue[0].code]).toEqual([status, code]);
  expect((await clinic.outsider.get(`${BASE}/Observation/${id}${ending}`)).status).toBe(403);
});
