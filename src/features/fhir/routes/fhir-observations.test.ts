import { describe, expect, test } from "vitest";
import { BASE, givenRosa, HOST, recordId, type Rosa } from "../../../../test/fhir/given.ts";
import { expectToBeFhir } from "../../../../test/fhir/structure.ts";
import { givenPatient } from "../../../../test/harness.ts";

const search = ({ clinic, id }: Rosa, query = "", headers = {}) =>
  clinic.member.get(`${BASE}/Observation?patient=${id}${query}`, headers);
const metricsOf = (body: any): string[] =>
  (body.entry ?? []).map(
    ({ resource, search: { mode } }: any) => (mode === "include" ? "+" : "") + resource.id.split(".")[2],
  );

test("finds all, the newest two weeks first, in one round trip", async () => {
  const rosa = await givenRosa();
  const answer = await search(rosa);
  expect([answer.status, answer.calls]).toEqual([200, 1]);
  expectToBeFhir(answer.body);
  const metrics = ["sum", "avg", "tir", "gmi", "cv", "day", "use"];
  expect(metricsOf(answer.body)).toEqual([
    ...metrics.map((it) => `c14${it}`),
    ...metrics.map((it) => `c30${it}`),
    ...metrics.filter((it) => it !== "gmi").map((it) => `c7${it}`),
    ...metrics.filter((it) => it !== "gmi" && it !== "tir").map((it) => `c1${it}`),
  ]);
  expect(answer.body.total).toBe(25);
  expect(answer.body.link).toEqual([{ relation: "self", url: `${HOST}${BASE}/Observation?patient=${rosa.id}` }]);
});

describe("parameters", () => {
  const ALL = 25;
  test.each([
    ["&code=97506-0", 2],
    ["&code=97506-0,104636-6", 6],
    ["&code=97506-0&code=104636-6", 0],
    ["&code=http://loinc.org|97506-0", 2],
    ["&code=|97506-0", 0],
    ["&code=http://loinc.org|", ALL],
    ["&code=97510-2", 0],
    ["&category=laboratory", ALL],
    ["&category=vital-signs", 0],
    ["&date=2024-03-30", 5],
    ["&date=eq2024", ALL],
    ["&date=2024-03", ALL],
    ["&date=ne2024-03-30", 20],
    ["&date=gt2024-03-30", 0],
    ["&date=ge2024-03-30", 5],
    ["&date=lt2024-03-24", 14],
    ["&date=le2024-03-24", 14],
    ["&date=le2024-03-30", ALL],
    ["&date=sa2024-03-16", 18],
    ["&date=eb2024-03-31", ALL],
    ["&date=eb2024-03-30", 0],
    ["&date=ap2024-03-20", 14],
    ["&date=ge2024-03-30T23:00:00Z", ALL],
    ["&date=gt2024-03-31T00:00:00%2B14:00", ALL],
    ["&unknown=1", ALL],
    ["&_format=json&_pretty=true&_total=accurate", ALL],
  ])("%s finds %i", async (query, total) => {
    const answer = await search(await givenRosa(), query);
    expect([answer.status, answer.body.total]).toEqual([200, total]);
    expectToBeFhir(answer.body);
    expect("entry" in answer.body).toBe(total > 0);
  });

  test("_id, and what a panel refers to", async () => {
    const rosa = await givenRosa();
    const answer = await search(rosa, `&_id=${rosa.id}.c7sum&_include=Observation:has-member`);
    expect(metricsOf(answer.body)).toEqual(["c7sum", "+c7avg", "+c7tir", "+c7cv", "+c7day", "+c7use"]);
    expect(answer.body.total).toBe(1);
    expectToBeFhir(answer.body);
  });

  test("_sort by date", async () => {
    const rosa = await givenRosa();
    const code = "&code=104636-6";
    expect(metricsOf((await search(rosa, `${code}&_sort=date`)).body)).toEqual(["c30day", "c14day", "c7day", "c1day"]);
    expect(metricsOf((await search(rosa, `${code}&_sort=-date`)).body)).toEqual(["c1day", "c7day", "c14day", "c30day"]);
  });

  test("a date without zone is a day of the clinic", async () => {
    const rosa = await givenRosa({ timezone: "Pacific/Auckland" });
    expect((await search(rosa, "&code=97506-0&date=gt2024-03-30")).body.total).toBe(2);
    expect((await search(rosa, "&code=97506-0&date=gt2024-03-31")).body.total).toBe(0);
    expect((await search(rosa, "&code=97506-0&date=gt2024-03-31T10:00:00Z")).body.total).toBe(2);
    expect((await search(rosa, "&code=97506-0&date=gt2024-03-31T12:00:00Z")).body.total).toBe(0);
  });

  test.each([
    ["&date=yesterday", "not-supported"],
    ["&date=2024-02-30", "value"],
    ["&date=", "value"],
    ["&date=xx2024-03-30", "not-supported"],
    ["&code:not=97506-0", "not-supported"],
    ["&patient:Patient=x", "not-supported"],
    ["&_count=many", "value"],
    ["&_count=-1", "value"],
    ["&_sort=code", "not-supported"],
    ["&_include=Observation:subject", "not-supported"],
    ["&_include=Observation:subject&_include=Observation:has-member", "value"],
    ["&_count=1&_count=2", "value"],
    ["&_cursor=bm9uZQ", "value"],
  ])("%s: 400 %s", async (query, code) => {
    const rosa = await givenRosa();
    const answer = await search(rosa, query);
    expect([answer.status, answer.body.issue[0].code]).toEqual([400, code]);
  });

  test("an unknown parameter is refused where handling is strict, and is not told back", async () => {
    const rosa = await givenRosa();
    const strict = await search(rosa, "&unknown=1", { prefer: "handling=strict" });
    expect([strict.status, strict.body.issue[0].code]).toEqual([400, "not-supported"]);
    expect((await search(rosa, "&unknown=1")).body.link[0].url).not.toContain("unknown");
  });
});

describe("pages", () => {
  test("_count: 0 counts, 1 is one, more than 100 is 100", async () => {
    const rosa = await givenRosa();
    for (const query of ["&_count=0", "&_summary=count"]) {
      const { body } = await search(rosa, query);
      expect([body.total, body.entry, body.link.length]).toEqual([25, undefined, 1]);
    }
    expect((await search(rosa, "&_count=1000")).body.entry).toHaveLength(25);
  });

  test("`next` leads through all, for the same caller alone", async () => {
    const rosa = await givenRosa();
    const { clinic, id } = rosa;
    const all = metricsOf((await search(rosa)).body);
    const found: string[] = [];
    let url = `${HOST}${BASE}/Observation?patient=${id}&_count=10`;
    const pages: string[] = [];
    for (;;) {
      const { body, status } = await clinic.member.get(url.slice(HOST.length));
      expect(status).toBe(200);
      expectToBeFhir(body);
      found.push(...metricsOf(body));
      pages.push(url);
      const next = body.link.find(({ relation }: any) => relation === "next");
      if (!next) break;
      url = next.url;
    }
    expect(found).toEqual(all);
    expect(pages).toHaveLength(3);
    const stolen = await clinic.admin.get(pages[1]!.slice(HOST.length));
    expect([400, 403]).toContain(stolen.status);
    const moved = pages[1]!.slice(HOST.length).replace("/Observation?", "/DocumentReference?");
    expect([400, 403]).toContain((await clinic.member.get(moved)).status);
  });
});

test("who is named decides: 400 without anybody, 403 for another clinic's, nothing for nobody", async () => {
  const rosa = await givenRosa();
  const { clinic, id } = rosa;
  for (const who of [clinic.member, clinic.service, clinic.outsider]) {
    const answer = await who.get(`${BASE}/Observation?code=97506-0`);
    expect([answer.status, answer.body.issue[0].code]).toEqual([400, "required"]);
  }
  for (const reference of [`Patient/${id}`, `${HOST}${BASE}/Patient/${id}`]) {
    expect((await clinic.member.get(`${BASE}/Observation?subject=${reference}`)).body.total).toBe(25);
  }
  expect((await clinic.outsider.get(`${BASE}/Observation?patient=${id}`)).status).toBe(403);
  expect((await clinic.service.get(`${BASE}/Observation?patient=nobody`)).status).toBe(400);
  expect((await clinic.member.get(`${BASE}/Observation?patient=nobody`)).status).toBe(403);
  const { id: bare } = await givenPatient(clinic);
  const none = await clinic.member.get(`${BASE}/Observation?patient=${recordId(clinic.clinicId, bare)}`);
  expect([none.status, none.body.total, none.body.entry]).toEqual([200, 0, undefined]);
  const two = await clinic.service.get(`${BASE}/Observation?patient=${id},${recordId(clinic.clinicId, bare)}`);
  expect(two.status).toBe(400);
});
