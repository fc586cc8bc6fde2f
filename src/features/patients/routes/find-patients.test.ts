import { beforeAll, describe, expect, test } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  person,
  rows,
  send,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";

const MRN = "Ab-É7";
let clinics: GivenClinic[];
let clinician: Caller;

const join = async ({ service, path }: GivenClinic, roles: string[]) => {
  const body = { id: clinician.id, email: `${clinician.id}@people.test`, roles };
  expect((await service.post(`${path}/clinicians`, body)).status).toBe(200);
};

beforeAll(async () => {
  clinics = await Promise.all(Array.from({ length: 5 }, () => givenClinic()));
  clinician = await person();
  const [first, second, third, , notMine] = clinics as [
    GivenClinic,
    GivenClinic,
    GivenClinic,
    GivenClinic,
    GivenClinic,
  ];
  await join(first, ["CLINIC_ADMIN"]);
  await join(second, ["CLINIC_MEMBER"]);
  await join(third, ["PRESCRIBER"]);
  const site = await givenSite(first);
  const tag = await givenTag(first);
  await givenPatient(first, { fullName: "Zoe", mrn: MRN, birthDate: "1987-02-03", sites: [site], tags: [tag.id] });
  await givenPatient(first, { fullName: "Bob", mrn: "B-1", birthDate: "1987-02-03" });
  await givenPatient(first, { fullName: "Bob", mrn: "ab-e7", birthDate: "1990-01-01" });
  await givenPatient(second, { fullName: "Änne", mrn: " AB-E7 ", birthDate: "1987-02-03" });
  await givenPatient(third, { fullName: "anna", mrn: "AB-é7", birthDate: "1987-02-04" });
  await givenPatient(notMine, { fullName: "Hidden", mrn: MRN, birthDate: "1987-02-03" });
  for (const clinic of [second, third, notMine]) {
    await rows(
      "UPDATE clinics SET ehr_settings = json_object('sourceId', ?) WHERE id = ? RETURNING id",
      `source of ${second.clinicId}`,
      clinic.clinicId,
    );
  }
});

type Query = Record<string, string>;
const find = (query: Query = {}, caller = clinician) =>
  caller.get(`/v1/patients?${new URLSearchParams(query).toString()}`);
const namesIn = (body: any) => body.map((it: any) => it.patient.fullName);

describe("FindPatients", () => {
  test("200 finds an MRN whatever its case and accents, in all of the caller's clinics, by name, in one round trip", async () => {
    const { status, body, calls } = await find({ mrn: "aB-e7" });
    expect([status, calls, namesIn(body)]).toEqual([200, 1, ["anna", "Änne", "Bob", "Zoe"]]);
    for (const { patient, clinic } of body) {
      const { admin, path } = clinics.find(({ clinicId }) => clinicId === clinic.id)!;
      expect(patient).toEqual((await admin.get(`${path}/patients/${patient.id}`)).body);
      expect(clinic).toEqual((await admin.get(path)).body);
    }
    expect(body[3].patient.sites).toHaveLength(1);
  });

  test("200 by birth date, and by both", async () => {
    expect(namesIn((await find({ birthDate: "1987-02-03" })).body)).toEqual(["Änne", "Bob", "Zoe"]);
    expect(namesIn((await find({ birthDate: "1987-02-03", mrn: MRN })).body)).toEqual(["Änne", "Zoe"]);
  });

  test("200 without either pages through all patients of the caller's clinics, by name, then by creation", async () => {
    const whole = (await find({ limit: "100" })).body;
    const expected = ["anna", "Änne", "Bob", "Bob", "Demo Patient", "Demo Patient", "Demo Patient", "Zoe"];
    expect(namesIn(whole)).toEqual(expected);
    expect(whole.slice(2, 4).map((it: any) => it.patient.mrn)).toEqual(["B-1", "ab-e7"]);
    for (const limit of [1, 3]) {
      const pages = await Promise.all(
        Array.from({ length: Math.ceil(whole.length / limit) + 1 }, (_, i) =>
          find({ limit: String(limit), offset: String(i * limit) }),
        ),
      );
      expect(pages.flatMap(({ body }) => body)).toEqual(whole);
    }
  });

  test("200 in one clinic, or in those of an EHR source; others' never", async () => {
    const [first, second, , , notMine] = clinics;
    const inClinic = (workspaceId: string) => find({ mrn: MRN, workspaceIdType: "clinicId", workspaceId });
    expect(namesIn((await inClinic(first!.clinicId)).body)).toEqual(["Bob", "Zoe"]);
    expect((await inClinic(notMine!.clinicId)).body).toEqual([]);
    expect((await inClinic(UNKNOWN_ID)).body).toEqual([]);
    const inSource = (workspaceId: string) => find({ mrn: MRN, workspaceIdType: "ehrSourceId", workspaceId });
    expect(namesIn((await inSource(`source of ${second!.clinicId}`)).body)).toEqual(["anna", "Änne"]);
    expect((await inSource(`SOURCE of ${second!.clinicId}`)).body).toEqual([]);
    expect(namesIn((await find({ mrn: MRN, workspaceIdType: "clinicId" })).body)).toHaveLength(4);
  });

  test.each<Query>([
    { mrn: "AB-E7\0" },
    { birthDate: "1987-02-03\0" },
    { mrn: "none" },
    { mrn: " " },
    { mrn: "%" },
    { birthDate: "yesterday" },
    { mrn: "AB-E7", offset: "4" },
  ])("200 and nothing for %j", async (query) => {
    expect((await find(query)).body).toEqual([]);
  });

  test("200 and nothing for who is no clinician, a patient and somebody invited included", async () => {
    const invited = await person();
    const { service, path, outsider } = clinics[0]!;
    const invitation = { inviteId: invited.id, email: `${invited.id}@people.test`, roles: ["CLINIC_ADMIN"] };
    expect((await service.post(`${path}/clinicians`, invitation)).status).toBe(200);
    await service.post(`${path}/patients/${outsider.id}`, { mrn: MRN });
    for (const caller of [invited, outsider, await person()])
      expect((await find({ mrn: MRN }, caller)).body).toEqual([]);
    await outsider.delete(`${path}/patients/${outsider.id}`);
  });

  test("200 no more once the caller has left the clinic", async () => {
    const clinic = await givenClinic();
    await givenPatient(clinic, { mrn: MRN });
    expect((await find({ mrn: MRN }, clinic.member)).body).toHaveLength(1);
    await clinic.admin.delete(`${clinic.path}/clinicians/${clinic.member.id}`);
    expect((await find({ mrn: MRN }, clinic.member)).body).toEqual([]);
  });

  test("200 records that the records were read, clinic by clinic", async () => {
    const sent: any[] = [];
    const through = servedIn({ AUDIT_QUEUE: { sendBatch: async (messages: any[]) => void sent.push(...messages) } });
    const { body } = await send("GET", "/v1/patients?mrn=AB-E7", { token: clinician.token, through });
    const read: string[] = sent.flatMap((it) =>
      it.body.patientIds.map((id: string) => `${it.body.outcome} ${it.body.clinicId} ${id}`),
    );
    expect(new Set(read)).toEqual(new Set(body.map((it: any) => `read ${it.clinic.id} ${it.patient.id}`)));
    expect(read).toHaveLength(body.length);
  });

  test("400 for a workspace without its type, one of no type, an empty value and a page that is none", async () => {
    const untyped = await find({ workspaceId: clinics[0]!.clinicId });
    expect([untyped.status, untyped.body.message]).toEqual([400, "bad request: workspace id type is required"]);
    const queries: Query[] = [{ workspaceIdType: "name" }, { mrn: "" }, { limit: "0" }, { offset: "-1" }];
    for (const query of queries) {
      expect((await find(query)).status).toBe(400);
    }
  });

  test("403 for a service, a clinician's id as its name included", async () => {
    const { service } = clinics[0]!;
    expect((await service.get("/v1/patients?mrn=AB-E7")).status).toBe(403);
  });

  test("reads a few rows of each clinic, however many patients there are", async () => {
    const clinic = await givenClinic();
    const patient = await givenPatient(clinic, { fullName: "AAA", mrn: "ROW-1", birthDate: "1931-01-01" });
    const info = await rows<{ name: string }>("SELECT name FROM pragma_table_info('patients') WHERE name <> 'key'");
    const values: Record<string, string> = {
      user_id: "printf('%010x', 500000000000 + n.i)",
      name_key: "'other ' || n.i",
      mrn_key: "'other-' || n.i",
      birth_date: "date('1940-01-01', '+' || n.i || ' days')",
    };
    await rows(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
       INSERT INTO patients (${info.map(({ name }) => name).join(", ")})
       SELECT ${info.map(({ name }) => values[name] ?? `p.${name}`).join(", ")} FROM n
       CROSS JOIN (SELECT * FROM patients WHERE user_id = ?) AS p RETURNING key`,
      patient.id,
    );
    const queries: Query[] = [{ mrn: "row-1" }, { birthDate: "1931-01-01" }, { mrn: "row-1", birthDate: "1931-01-01" }];
    for (const query of queries) {
      const { body, rowsRead } = await find(query, clinic.member);
      expect([namesIn(body), rowsRead]).toEqual([["AAA"], expect.toSatisfy((n) => n <= 40)]);
    }
    const page = await find({ limit: "5", offset: "5" }, clinic.member);
    expect([page.body.length, page.rowsRead]).toEqual([5, expect.toSatisfy((n) => n <= 200)]);
    await rows("DELETE FROM patients WHERE clinic_id = ? RETURNING key", clinic.clinicId);
  });
});
