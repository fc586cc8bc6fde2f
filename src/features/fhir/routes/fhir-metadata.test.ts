import { expect, test } from "vitest";
import { BASE } from "../../../../test/fhir/given.ts";
import { expectToBeFhir } from "../../../../test/fhir/structure.ts";
import { givenClinic, send } from "../../../../test/harness.ts";
import { description } from "../../../../test/description.ts";

test("lists what is routed, and nothing else", async () => {
  const { status, body } = await send("GET", `${BASE}/metadata`);
  expect(status).toBe(200);
  expectToBeFhir(body);
  expect(body.instantiates).toBeUndefined();
  expect(body.implementation.url).toBe(`http://clinics.test${BASE}`);
  const listed = body.rest[0].resource.flatMap(({ type, interaction, operation = [] }: any) => [
    ...interaction.map(({ code }: any) => `${type} ${code}`),
    ...operation.map(({ name }: any) => `${type} $${name}`),
  ]);
  const routed = Object.keys(description.paths!).flatMap((path) => {
    const [, type, rest] = /^\/fhir\/R4\/(\w+)(.*)$/.exec(path) ?? [];
    if (type === undefined || type === "metadata") return [];
    if (rest === "") return [`${type} search-type`];
    if (rest === "/_search") return [];
    return [rest!.includes("$") ? `${type} ${rest!.split("/").at(-1)}` : `${type} read`];
  });
  expect(listed.toSorted()).toEqual(routed.toSorted());
  const searched = Object.fromEntries(
    body.rest[0].resource.map(({ type, searchParam = [] }: any) => [type, searchParam.map(({ name }: any) => name)]),
  );
  for (const [type, names] of Object.entries<string[]>(searched)) {
    const declared = (description.paths as any)[`${BASE}/${type}`]?.get.parameters.map(({ name }: any) => name) ?? [];
    expect(declared).toEqual(expect.arrayContaining(names));
  }
});

test("what is not offered: 404 for a type or path, 405 with Allow for a method", async () => {
  const { member, clinicId } = await givenClinic();
  for (const path of ["/Condition", "/Observation/x/_history", "/", "", "?_format=json", "/$submit-cgm-bundle"]) {
    const answer = await member.get(`${BASE}${path}`, { accept: "text/html" });
    expect([path, answer.status, answer.body?.issue[0].code]).toEqual([path, 404, "not-supported"]);
    expect(answer.headers.get("content-type")).toBe("application/fhir+json; charset=utf-8");
  }
  for (const [method, path, allow] of [
    ["PUT", `/Patient/${clinicId}.0123456789`, "GET, HEAD"],
    ["POST", "/Observation", "GET, HEAD"],
    ["DELETE", "/metadata", "GET, HEAD"],
    ["PATCH", `/Patient/${clinicId}.0123456789/$cgm-summary`, "GET, POST, HEAD"],
  ] as const) {
    const answer = await member.send(method, `${BASE}${path}`);
    expect([answer.status, answer.headers.get("allow"), answer.body.issue[0].code]).toEqual([
      405,
      allow,
      "not-supported",
    ]);
  }
  for (const path of ["/Condition", ""]) expect((await send("GET", BASE + path)).status).toBe(401);
  // Where a batch would go, and what only begins like it.
  const batch = await member.post(BASE, { resourceType: "Bundle", type: "batch" });
  expect([batch.status, batch.body.resourceType]).toEqual([404, "OperationOutcome"]);
  expect((await member.get(`${BASE}B/Patient`)).body).toMatchObject({ code: 404 });
});

test("pages of other origins may send and read what FHIR clients need", async () => {
  const origin = "http://localhost:3000";
  const headers = { origin, "access-control-request-method": "GET", "access-control-request-headers": "prefer" };
  const asked = await send("OPTIONS", `${BASE}/metadata`, { headers });
  for (const name of ["accept", "if-none-match", "prefer"])
    expect(asked.headers.get("access-control-allow-headers")!.split(",")).toContain(name);
  const answer = await send("GET", `${BASE}/Patient/x`, { headers: { origin } });
  expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
  for (const name of ["etag", "last-modified", "www-authenticate"])
    expect(answer.headers.get("access-control-expose-headers")!.split(",")).toContain(name);
});
