import { describe, expect, test } from "vitest";
import { BASE, givenRosa, HOST, recordId } from "../../../../test/fhir/given.ts";
import { expectToBeFhir } from "../../../../test/fhir/structure.ts";
import { givenClinic, givenPatient, person } from "../../../../test/harness.ts";

const namesOf = (body: any): string[] => (body.entry ?? []).map(({ resource }: any) => resource.name?.[0].text);
const q = encodeURIComponent;

describe("in a clinic with patients", () => {
  const given = async () => {
    const clinic = await givenClinic();
    const make = (fullName: string, birthDate: string, mrn: string) =>
      givenPatient(clinic, { fullName, birthDate, mrn });
    const zoe = await make("Zoë Ñandú", "1980-05-01", "Z-1");
    await make("Zoe Smith", "1990-05-01", "Z-2");
    await make("Adam Zoeller", "1990-06-01", "Z-3");
    return { clinic, zoe, id: recordId(clinic.clinicId, zoe.id) };
  };

  test.each([
    ["name=zoe", ["Zoë Ñandú", "Zoe Smith"]],
    ["name=ZOË N", ["Zoë Ñandú"]],
    ["name:contains=zoe", ["Zoë Ñandú", "Zoe Smith", "Adam Zoeller"]],
    ["name:exact=Zoe Smith", ["Zoe Smith"]],
    ["name:exact=zoe smith", []],
    ["name=zoe&birthdate=1990", ["Zoe Smith"]],
    ["name=zoe&birthdate=lt1990-05-01", ["Zoë Ñandú"]],
    ["name=zoe&birthdate=ge1990-05", ["Zoe Smith"]],
    ["name=zoe&birthdate=ne1980-05-01", ["Zoe Smith"]],
    ["name=zoe&birthdate=gt1990-04-30", ["Zoe Smith"]],
    ["name=zoe&birthdate=le1980-05-01,1990-05-01", ["Zoë Ñandú", "Zoe Smith"]],
    ["identifier=z-2", ["Zoe Smith"]],
    ["identifier=z-2,Z-3", ["Zoe Smith", "Adam Zoeller"]],
    ["identifier=http://elsewhere.test|Z-2", []],
  ])("%s finds %j", async (query, names) => {
    const { clinic } = await given();
    const [key, ...rest] = query.split("&").map((pair) => pair.split("=") as [string, string]);
    const search = new URLSearchParams([key!, ...rest]).toString();
    const answer = await clinic.member.get(`${BASE}/Patient?${search}`);
    expect([answer.status, answer.calls, namesOf(answer.body), answer.body.total]).toEqual([
      200,
      1,
      names,
      names.length,
    ]);
    expectToBeFhir(answer.body);
  });

  test("by id, by MRN of the clinic and by user", async () => {
    const { clinic, zoe, id } = await given();
    for (const query of [
      `_id=${id}`,
      `identifier=${q(`${HOST}/clinics/${clinic.clinicId}/mrn|z-1`)}`,
      `identifier=${q(`${HOST}/users|${zoe.id}`)}`,
    ]) {
      const answer = await clinic.member.get(`${BASE}/Patient?${query}`);
      expect(namesOf(answer.body)).toEqual(["Zoë Ñandú"]);
    }
  });

  test.each([
    ["identifier", "C,1", String.raw`C\,1`],
    ["identifier", "C|1", String.raw`C\|1`],
    ["identifier", String.raw`C\,`, String.raw`C\\\,`],
    ["name", "Comma, Carl", String.raw`comma\, c`],
  ])("%s: %j is meant by %j", async (name, text, value) => {
    const { clinic } = await given();
    await givenPatient(clinic, { fullName: "1", mrn: "1" });
    await givenPatient(clinic, name === "name" ? { fullName: text } : { fullName: "Carl", mrn: text });
    const system = name === "name" ? "" : `${HOST}/clinics/${clinic.clinicId}/mrn|`;
    for (const asked of [value, system + value]) {
      const { body } = await clinic.member.get(`${BASE}/Patient?${name}=${q(asked)}`);
      expect(namesOf(body)).toEqual([name === "name" ? text : "Carl"]);
    }
  });

  test("no link names anybody, and `next` leads through all", async () => {
    const { clinic } = await given();
    const found: string[] = [];
    for (let path = `${BASE}/Patient?name:contains=zoe&_count=2`; path; ) {
      const { body } = await clinic.member.get(path);
      expect(JSON.stringify(body.link)).not.toMatch(/zoe/i);
      found.push(...namesOf(body));
      expect(body.total).toBe(3);
      const self = await clinic.member.get(body.link[0].url.slice(HOST.length));
      expect(namesOf(self.body)).toEqual(namesOf(body));
      path = body.link.find(({ relation }: any) => relation === "next")?.url.slice(HOST.length) ?? "";
    }
    expect(found).toEqual(["Zoë Ñandú", "Zoe Smith", "Adam Zoeller"]);
  });

  test("a link that was sealed for somebody else, or another search, is refused", async () => {
    const { clinic } = await given();
    const { body } = await clinic.member.get(`${BASE}/Patient?name=zoe&_count=1`);
    const next = body.link[1].url.slice(HOST.length);
    expect((await clinic.member.get(next)).status).toBe(200);
    const other = await clinic.admin.get(next);
    expect([other.status, other.body.issue[0].code]).toEqual([400, "value"]);
    expect((await clinic.member.get(`${next.slice(0, -4)}AAAA`)).status).toBe(400);
  });
});

test("a search is refused that is longer than a link can hold", async () => {
  const clinic = await givenClinic();
  const search = (name: string) =>
    clinic.member.send("POST", `${BASE}/Patient/_search`, `name=${q(name)}`, {
      "content-type": "application/x-www-form-urlencoded",
    });
  const longest = await search("x".repeat(5900 - "name=".length));
  expect([longest.status, longest.body.total]).toEqual([200, 0]);
  const self = longest.body.link[0].url.slice(HOST.length);
  expect(new URLSearchParams(self.split("?")[1]).get("_cursor")!.length).toBeLessThanOrEqual(8000);
  expect((await clinic.member.get(self)).status).toBe(200);
  for (const name of ["x".repeat(5901 - "name=".length), "語".repeat(700)]) {
    const longer = await search(name);
    expect([longer.status, longer.body.issue[0].code]).toEqual([400, "value"]);
  }
});

test("by ids and numbers: reads those, and not the patients of the clinic", async () => {
  const clinic = await givenClinic();
  const made: string[] = [];
  for (let i = 0; i < 60; i++) made.push((await givenPatient(clinic, { fullName: `Patient ${i}`, mrn: `M-${i}` })).id);
  const ids = made.slice(0, 3).map((it) => recordId(clinic.clinicId, it));
  const elsewhere = recordId((await givenClinic()).clinicId, made[0]!);
  for (const [asked, found] of [
    [ids.slice(0, 1), 1],
    [ids, 3],
    [[...ids, elsewhere], 3],
  ] as const) {
    const answer = await clinic.member.get(`${BASE}/Patient?_id=${asked.join()}`);
    expect([answer.status, answer.calls, answer.body.total]).toEqual([200, 1, found]);
    expect(answer.rowsRead).toBeLessThan(30 + 25 * asked.length);
  }
  const mrn = `${HOST}/clinics/${clinic.clinicId}/mrn|`;
  const user = `${HOST}/users|${made[0]}`;
  for (const [asked, found] of [
    [`${mrn}m-7`, 1],
    [`${mrn}m-7,${mrn}m-8`, 2],
    ["m-7", 1],
    ["m-7,m-8", 2],
    [user, 1],
    [`${user},${mrn}m-7,m-8`, 3],
  ] as const) {
    const answer = await clinic.member.get(`${BASE}/Patient?identifier=${q(asked)}`);
    expect([asked, answer.status, answer.calls, answer.body.total]).toEqual([asked, 200, 1, found]);
    expect(answer.rowsRead, asked).toBeLessThan(100);
  }
});

test("without a clinic: one's own records and those of one's clinics; no service", async () => {
  const [one, two] = [await givenRosa(), await givenRosa()];
  const search = `${BASE}/Patient?name=rosa`;
  expect((await one.clinic.prescriber.get(search)).body.total).toBe(1);
  expect((await one.clinic.outsider.get(search)).body.total).toBe(0);
  const own = await (await person({ sub: two.userId })).get(search);
  expect(own.body.entry.map(({ resource }: any) => resource.id)).toEqual([two.id]);
  const refused = await one.clinic.service.get(search);
  expect([refused.status, refused.body.issue[0].code]).toEqual([403, "forbidden"]);
});

test("with a clinic: its members, services, and by the id the person", async () => {
  const { clinic, id, userId } = await givenRosa();
  const byMrn = `${BASE}/Patient?identifier=${q(`${HOST}/clinics/${clinic.clinicId}/mrn|A-17`)}`;
  const byId = `${BASE}/Patient?_id=${id}`;
  const self = await person({ sub: userId });
  for (const who of [clinic.member, clinic.service]) {
    expect((await who.get(byMrn)).body.total).toBe(1);
    expect((await who.get(byId)).body.total).toBe(1);
  }
  expect((await self.get(byId)).body.total).toBe(1);
  for (const [who, path] of [
    [self, byMrn],
    [clinic.outsider, byMrn],
    [clinic.outsider, byId],
    [clinic.prescriber, byId],
  ] as const)
    expect((await who.get(path)).status).toBe(403);
});

test.each(["", "?birthdate=1990", "?_count=5"])("%s: 400, it names nothing to look for", async (query) => {
  const answer = await (await givenClinic()).member.get(`${BASE}/Patient${query}`);
  expect([answer.status, answer.body.issue[0].code]).toEqual([400, "required"]);
});

test.each([
  "?name=x&birthdate=sa1990",
  "?name:missing=true",
  "?name:contains:exact=x",
  "?name:exact:=x",
  "?name=x&birthdate:not=1990",
])("%s: 400", async (query) => {
  const answer = await (await givenClinic()).member.get(`${BASE}/Patient${query}`);
  expect([answer.status, answer.body.issue[0].code]).toEqual([400, "not-supported"]);
});

const list = (length: number, of: (i: number) => string) => Array.from({ length }, (_, i) => of(i)).join(",");
const userOf = (i: number) => String(i).padStart(10, "0");

test.each<[string, (values: number, clinicId: string) => string]>([
  ["ids of a clinic", (values, clinicId) => `_id=${list(values, (i) => `${clinicId}.${userOf(i)}`)}`],
  ["ids of no clinic", (values, clinicId) => `_id=x,${list(values - 1, (i) => `${clinicId}.${userOf(i)}`)}`],
  [
    "numbers of several clinics",
    (values, clinicId) =>
      `identifier=${q(list(values, (i) => `${HOST}/clinics/${i % 2 ? clinicId : "0".repeat(24)}/mrn|M-${i}`))}`,
  ],
  ["identifiers", (values) => `identifier=${list(values, (i) => `M-${i}`)}`],
  ["birth dates", (values) => `name=rosa&birthdate=${list(values - 1, (i) => `ne${1900 + i}`)}`],
  ["names", (values) => Array.from({ length: values }, () => "name:exact=Rosa").join("&")],
])("%s: fifteen values are looked for, sixteen are refused", async (_, query) => {
  const { member, clinicId } = await givenClinic();
  expect((await member.get(`${BASE}/Patient?${query(15, clinicId)}`)).status).toBe(200);
  const more = await member.get(`${BASE}/Patient?${query(16, clinicId)}`);
  expect([more.status, more.body.issue[0].code]).toEqual([400, "value"]);
});
