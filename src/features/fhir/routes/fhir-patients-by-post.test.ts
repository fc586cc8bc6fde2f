import { expect, test } from "vitest";
import { BASE, givenRosa } from "../../../../test/fhir/given.ts";
import { expectToBeFhir } from "../../../../test/fhir/structure.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

test("takes a form, and answers as GET does", async () => {
  const { clinic, id } = await givenRosa();
  const form = "name=rosa".replace("ID", id);
  const path = "/fhir/R4/Patient/_search";
  const answer = await clinic.member.send("POST", path, form, FORM);
  expect([answer.status, answer.body.total]).toEqual([200, 1]);
  expectToBeFhir(answer.body);
  const { entry } = (await clinic.member.get(`${BASE}/Patient?${form}`)).body;
  expect(answer.body.entry).toEqual(entry);
});

test("of another type: 415; above its bound: 413", async () => {
  const { clinic } = await givenRosa();
  const ask = async (body: string, type: string, who = clinic.service) =>
    (await who.send("POST", "/fhir/R4/Patient/_search", body, { "content-type": type })).status;
  for (const who of [clinic.service, clinic.member]) {
    expect(await ask("{}", "application/json", who)).toBe(415);
    expect(await ask("x".repeat(1024 * 1024 + 1), FORM["content-type"], who)).toBe(413);
  }
});
