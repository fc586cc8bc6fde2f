import { expect, test } from "vitest";
import { BASE, byMetric, givenRosa } from "../../../../test/fhir/given.ts";

const FHIR = { "content-type": "application/fhir+json" };
const parameters = (...parameter: object[]) => JSON.stringify({ resourceType: "Parameters", parameter });

test("takes Parameters, and answers as GET does", async () => {
  const { clinic, id } = await givenRosa();
  const path = `${BASE}/Patient/${id}/$cgm-summary`;
  const body = parameters({ name: "period", valueCode: "7d" });
  const answer = await clinic.member.send("POST", path, body, FHIR);
  const got = await clinic.member.get(`${path}?period=7d`);
  const { OperationOutcome: _, ...resources } = byMetric(got.body);
  expect(byMetric(answer.body)).toMatchObject(resources);
  expect(Object.keys(byMetric((await clinic.member.send("POST", path)).body))).toContain("c14gmi");
});

test.each([
  ["{ not JSON", FHIR, 400, "structure"],
  ["null", FHIR, 400, "structure"],
  ['{"resourceType":"Bundle"}', FHIR, 400, "structure"],
  ['{"resourceType":"Parameters","parameter":[null]}', FHIR, 400, "structure"],
  [parameters({ name: "period", valueCode: 7 }), FHIR, 400, "structure"],
  [parameters({ name: "period", valueCode: "8d" }), FHIR, 400, "value"],
  ["period=7d", { "content-type": "application/x-www-form-urlencoded" }, 415, "not-supported"],
  [`"${"x".repeat(1024 * 1024)}"`, FHIR, 413, "too-long"],
])("%.40s: %s %i %s", async (body, headers, status, code) => {
  const { clinic, id } = await givenRosa();
  const path = `${BASE}/Patient/${id}/$cgm-summary`;
  const answer = await clinic.member.send("POST", path, body, headers);
  expect([answer.status, answer.body.issue[0].code]).toEqual([status, code]);
  expect((await clinic.outsider.send("POST", path, body, headers)).status).toBe(403);
});
