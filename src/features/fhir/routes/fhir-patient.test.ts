import { expect, test } from "vitest";
import { BASE, givenRosa, HOST, recordId } from "../../../../test/fhir/given.ts";
import { expectToBeFhir } from "../../../../test/fhir/structure.ts";
import { givenClinic, givenPatient, person, rows, send, tokenFor } from "../../../../test/harness.ts";

test("is the clinic's record", async () => {
  const { clinic, id, userId } = await givenRosa();
  const answer = await clinic.member.get(`${BASE}/Patient/${id}`);
  expect([answer.status, answer.calls]).toEqual([200, 1]);
  expectToBeFhir(answer.body);
  const { meta, ...rest } = answer.body;
  expect(answer.headers.get("etag")).toBe(`W/"${meta.versionId}"`);
  expect(rest).toEqual({
    resourceType: "Patient",
    id,
    identifier: [
      {
        use: "usual",
        type: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/v2-0203", code: "MR" }] },
        system: `${HOST}/clinics/${clinic.clinicId}/mrn`,
        value: "A-17",
      },
      { use: "secondary", system: `${HOST}/users`, value: userId },
    ],
    active: true,
    name: [{ text: "Rosa Diaz" }],
    telecom: [{ system: "email", value: `r${clinic.clinicId}@x.test` }],
    birthDate: "1980-01-31",
    managingOrganization: {
      identifier: { system: `${HOST}/clinics`, value: clinic.clinicId },
      display: "Harbor Endocrine",
    },
  });
});

test("without name, birth date and MRN has no such keys", async () => {
  const clinic = await givenClinic();
  const { id } = await givenPatient(clinic, { email: undefined });
  await rows(
    "UPDATE patients SET full_name = ' ', birth_date = '0001-01-01', mrn = '' WHERE user_id = ? RETURNING 1",
    id,
  );
  const answer = await clinic.member.get(`${BASE}/Patient/${recordId(clinic.clinicId, id)}`);
  expectToBeFhir(answer.body);
  expect(Object.keys(answer.body)).toEqual([
    "resourceType",
    "id",
    "meta",
    "identifier",
    "active",
    "managingOrganization",
  ]);
  await rows("UPDATE patients SET birth_date = '' WHERE user_id = ? RETURNING 1", id);
  expectToBeFhir((await clinic.member.get(`${BASE}/Patient/${recordId(clinic.clinicId, id)}`)).body);
});

test("If-None-Match: 304 for the same and for any, 200 for another and after the clinic has changed", async () => {
  const { clinic, id } = await givenRosa();
  const path = `${BASE}/Observation/${id}.c14avg`;
  const tag = (await clinic.member.get(path)).headers.get("etag")!;
  const ask = async (value: string) => clinic.member.get(path, { "if-none-match": value });
  for (const value of [tag, tag.slice(2), `"x", ${tag}`, "*"]) {
    const same = await ask(value);
    expect([same.status, same.text, same.headers.get("etag")]).toEqual([304, "", tag]);
  }
  expect((await ask('W/"0123456789abcdef"')).status).toBe(200);
  expect((await clinic.outsider.get(path, { "if-none-match": "*" })).status).toBe(403);
  const { body } = await clinic.admin.get(clinic.path);
  await clinic.admin.put(clinic.path, { ...body, preferredBgUnits: "mmol/L" });
  const changed = await ask(tag);
  expect([changed.status, changed.headers.get("etag") === tag]).toEqual([200, false]);
});

test("who may: service, member, admin, the person; nobody else learns whether there is one", async () => {
  const { clinic, id, userId } = await givenRosa();
  const other = await givenClinic();
  const self = await person({ sub: userId });
  const never = `${clinic.clinicId}.0123456789`;
  const statusesOf = async (who: { get(path: string): Promise<{ status: number }> }) => [
    (await who.get(`${BASE}/Patient/${id}`)).status,
    (await who.get(`${BASE}/Patient/${never}`)).status,
  ];
  for (const who of [clinic.service, clinic.member, clinic.admin]) expect(await statusesOf(who)).toEqual([200, 404]);
  for (const who of [clinic.prescriber, other.admin, clinic.outsider])
    expect(await statusesOf(who)).toEqual([403, 403]);
  expect(await statusesOf(self)).toEqual([200, 403]);
  const none = await send("GET", `${BASE}/Patient/${id}`);
  expect([none.status, none.headers.get("www-authenticate"), none.body.issue[0].code]).toEqual([
    401,
    "Bearer",
    "login",
  ]);
});

test("401 with a token that was good until lately says so, and one that never was does not", async () => {
  const { clinic, id } = await givenRosa();
  const claims = { sub: clinic.member.id };
  const expired = await tokenFor(claims, { expires: Math.floor(Date.now() / 1000) - 1 });
  for (const [token, code] of [
    [expired, "expired"],
    [`kc:${expired}:refresh`, "expired"],
    [`${expired}A`, "login"],
    ["nonsense", "login"],
  ] as const) {
    const answer = await send("GET", `${BASE}/Patient/${id}`, { token });
    const [{ code: told, details }] = answer.body.issue;
    expect([answer.status, answer.headers.get("www-authenticate"), told, details.text]).toEqual([
      401,
      "Bearer",
      code,
      "session token is invalid",
    ]);
  }
});

test("the form of an answer: JSON alone, as Accept or before it `_format` says", async () => {
  const { clinic, id } = await givenRosa();
  const ask = async (accept: string | undefined, query = "") =>
    (await clinic.member.get(`${BASE}/Patient/${id}${query}`, accept === undefined ? {} : { accept })).status;
  for (const accept of [
    undefined,
    "*/*",
    "application/fhir+json",
    "application/fhir+json; fhirVersion=4.0",
    "text/json",
    "application/xml, application/json;q=0.5",
  ])
    expect([accept, await ask(accept)]).toEqual([accept, 200]);
  for (const accept of [
    "application/fhir+xml",
    "text/turtle",
    "application/fhir+json; fhirVersion=5.0",
    "application/problem+json",
  ])
    expect([accept, await ask(accept)]).toEqual([accept, 406]);
  expect(await ask("application/fhir+xml", "?_format=json")).toBe(200);
  expect(await ask("application/fhir+xml", "?_format=application/fhir+json")).toBe(200);
  expect(await ask("application/fhir+xml", "?_format=application/fhir%2Bjson")).toBe(200);
  expect(await ask("application/json", "?_format=application/fhir+json;fhirVersion=5.0")).toBe(406);
  expect(await ask("application/json", "?_format=xml")).toBe(406);
  const head = await clinic.member.send("HEAD", `${BASE}/Patient/${id}`);
  expect([head.status, head.text]).toEqual([200, ""]);
});
