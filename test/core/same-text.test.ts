import { describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenPatient, givenSite, givenTag, newUserId } from "../harness.ts";

/** Wherever the product compares texts, one rule says which are the same: the cases that each place has to know. */

const namesOf = (answer: { body: any }): string[] => answer.body.data.map((p: any) => p.fullName);
const found = async (clinic: GivenClinic, search: string) =>
  namesOf(await clinic.member.get(`${clinic.path}/patients?search=${encodeURIComponent(search)}`));

describe("a search of patients", () => {
  test.each([
    ["O’Brien", "o'brien"],
    ["O'Brien", "O’BRIEN"],
    ["Ann Smith‐Jones", "smith-jones"],
    ["Ann Smith-Jones", "Smith‐Jones"],
    ["Łukasz Ødegård", "lukasz odegard"],
    ["Lukasz Odegard", "ŁUKASZ ØDEGÅRD"],
    ["Κωστας", "ΚΩΣΤΑΣ"],
    ["Ro\u00adsa", "rosa"],
  ])("finds %j by %j", async (fullName, search) => {
    const clinic = await givenClinic();
    await givenPatient(clinic, { fullName });
    expect(await found(clinic, search)).toHaveLength(1);
  });

  test.each([
    ["राम", "रीमा"],
    ["ざとう", "さとう"],
    ["さとう", "ざとう"],
    ["Андрей", "Андреи"],
    ["Rosa Diaz", " Rosa"],
    ["Rosa", "\u200b"],
    ["Rosa", "\u0301"],
  ])("does not find %j by %j", async (fullName, search) => {
    const clinic = await givenClinic();
    await givenPatient(clinic, { fullName });
    expect(await found(clinic, search)).toEqual([]);
  });

  test("finds an address or an MRN by the same rule", async () => {
    const clinic = await givenClinic();
    await givenPatient(clinic, { fullName: "Ann", mrn: "A‐17" });
    expect(await found(clinic, "a-17")).toEqual(["Ann"]);
  });
});

test("names with letters no normal form takes apart stand beside those they are read as, both ways", async () => {
  const clinic = await givenClinic();
  const names = ["Ægir", "Anna", "Đorđe", "Dz", "Łukasz", "Lz", "Œuvre", "Oz", "Þórr", "Tz", "  Zoe"];
  for (const fullName of names.toReversed()) await givenPatient(clinic, { fullName });
  const list = async (query: string) =>
    namesOf(await clinic.member.get(`${clinic.path}/patients?limit=50&${query}`)).filter((it) => names.includes(it));
  expect(await list("")).toEqual(names);
  expect(await list("sort=%2BfullName&sortType=cgm")).toEqual(names);
  expect(await list("sort=-fullName&sortType=cgm")).toEqual(names.toReversed());
});

describe("where MRNs are unique", () => {
  const uniqueMrns = async () => {
    const clinic = await givenClinic();
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: false, unique: true });
    return clinic;
  };
  const create = (clinic: GivenClinic, mrn: string) =>
    clinic.member.post(`${clinic.path}/patients`, { fullName: "Ann", birthDate: "1990-01-01", mrn });

  test.each([
    ["A-17", "a‐17"],
    ["O'1", "O’1"],
    ["Straße", "STRASSE"],
  ])("400 for %j beside %j", async (mrn, other) => {
    const clinic = await uniqueMrns();
    await givenPatient(clinic, { mrn });
    const answer = await create(clinic, other);
    expect([answer.status, answer.body.message]).toEqual([400, "bad request: mrn must be unique"]);
  });

  test.each(["\u200b", "\u200e", "\u00ad", "\u0000"])(
    "400 for one that differs in what can't be seen: %j",
    async (it) => {
      const clinic = await uniqueMrns();
      await givenPatient(clinic, { mrn: "A-17" });
      expect((await create(clinic, `A-17${it}`)).status).toBe(400);
    },
  );

  test.each([
    ["री1", "रा1"],
    ["さ1", "ざ1"],
    ["й1", "и1"],
  ])("200 for %j beside %j: letters are no accents", async (mrn, other) => {
    const clinic = await uniqueMrns();
    await givenPatient(clinic, { mrn });
    expect((await create(clinic, other)).status).toBe(200);
  });
});

test("FindPatients takes hyphens and apostrophes of any kind for the same", async () => {
  const clinic = await givenClinic();
  const { id } = await givenPatient(clinic, { mrn: "O’A‐17" });
  const answer = await clinic.member.get(`/v1/patients?mrn=${encodeURIComponent("o'a-17")}`);
  expect(answer.body.map(({ patient }: any) => patient.id)).toEqual([id]);
});

test("409 for a tag or a site that reads like another of the clinic; white space counts for sites alone", async () => {
  const clinic = await givenClinic();
  await givenTag(clinic, "Straße 1");
  await givenSite(clinic, "Łódź East");
  const tag = (name: string) => clinic.admin.post(`${clinic.path}/patient_tags`, { name });
  const site = (name: string) => clinic.admin.post(`${clinic.path}/sites`, { name });
  expect((await tag("STRASSE1")).status).toBe(409);
  expect((await site("lodz east")).status).toBe(409);
  expect((await site("Łódź East ")).status).toBe(200);
  expect((await site("ŁódźEast")).status).toBe(200);
});

test("a list of clinicians finds names by the same rule", async () => {
  const clinic = await givenClinic();
  const body = { id: newUserId(), email: "lucja@same.test", roles: ["CLINIC_MEMBER"], name: "Łucja O’Brien" };
  expect((await clinic.service.post(`${clinic.path}/clinicians`, body)).status).toBe(200);
  const answer = await clinic.admin.get(`${clinic.path}/clinicians?search=${encodeURIComponent("O'brien lucja")}`);
  expect(answer.body.map(({ name }: any) => name)).toEqual(["Łucja O’Brien"]);
});
