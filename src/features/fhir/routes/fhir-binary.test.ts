import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { BASE, givenRosa } from "../../../../test/fhir/given.ts";
import { expectToBeFhir } from "../../../../test/fhir/structure.ts";

test("is the PDF itself, or a resource with its bytes", async () => {
  const { clinic, id, userId } = await givenRosa();
  const report = (await clinic.member.post(`${clinic.path}/patients/${userId}/reports`, {})).body;
  const path = `${BASE}/Binary/${report.id}`;
  for (const accept of ["*/*", "application/pdf"]) {
    const raw = await clinic.member.get(path, { accept });
    expect([raw.status, raw.headers.get("content-type"), raw.bytes.length]).toEqual([
      200,
      "application/pdf",
      report.size,
    ]);
    expect(raw.headers.get("content-disposition")).toMatch(/^attachment/);
    expect([raw.headers.get("cache-control"), raw.headers.get("x-content-type-options")]).toEqual([
      "no-store",
      "nosniff",
    ]);
  }
  for (const [accept, type] of [
    ["application/pdf;q=0.5, application/fhir+json", "application/fhir+json; charset=utf-8"],
    ["*/*;q=0.1, application/json;q=0.2", "application/fhir+json; charset=utf-8"],
    ["application/json;q=0.2, application/pdf;q=0.9", "application/pdf"],
    ["application/json, application/pdf", "application/fhir+json; charset=utf-8"],
    ["application/xml, application/pdf;q=0.001", "application/pdf"],
    ["application/pdf;q=0, application/fhir+json;q=x", "application/fhir+json; charset=utf-8"],
  ] as const) {
    expect((await clinic.member.get(path, { accept })).headers.get("content-type"), accept).toBe(type);
  }
  const raw = await clinic.member.get(path);
  const wrapped = await clinic.member.get(path, { accept: "application/fhir+json" });
  expectToBeFhir(wrapped.body);
  const { data, ...rest } = wrapped.body;
  expect(rest).toEqual({
    resourceType: "Binary",
    id: report.id,
    contentType: "application/pdf",
    securityContext: { reference: `Patient/${id}` },
  });
  expect(Uint8Array.from(atob(data), (it) => it.charCodeAt(0))).toEqual(raw.bytes);
  const tag = raw.headers.get("etag")!;
  expect((await clinic.member.get(path, { "if-none-match": tag })).status).toBe(304);
  expect((await clinic.outsider.get(path, { "if-none-match": tag })).status).toBe(403);
});

test("whose object is gone: 503", async () => {
  const { clinic, userId } = await givenRosa();
  const { id } = (await clinic.member.post(`${clinic.path}/patients/${userId}/reports`, {})).body;
  await env.REPORTS.delete(`reports/${id}.pdf`);
  const answer = await clinic.member.get(`${BASE}/Binary/${id}`);
  expect([answer.status, answer.body.issue[0].code]).toEqual([503, "transient"]);
});
