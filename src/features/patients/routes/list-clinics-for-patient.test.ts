import { beforeAll, describe, expect, test } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenSite,
  givenTag,
  newUserId,
  rows,
  send,
} from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";

let clinics: GivenClinic[];
let patient: Caller;
const NAMES = ["Bea", "Änne", "anna"];

beforeAll(async () => {
  clinics = await Promise.all(NAMES.map(() => givenClinic()));
  patient = await givenAccount();
  for (const [i, { service, path }] of clinics.entries()) {
    const tag = await givenTag(clinics[i]!);
    const site = await givenSite(clinics[i]!);
    const body = { fullName: NAMES[i], tags: [tag.id], sites: [site], permissions: { view: {} } };
    expect((await service.post(`${path}/patients/${patient.id}`, body)).status).toBe(200);
  }
});
const list = (query = "", caller = patient, userId = patient.id) =>
  caller.get(`/v1/patients/${userId}/clinics${query}`);

describe("ListClinicsForPatient", () => {
  test("200 shows each record with its whole clinic, by the folded name, in one round trip", async () => {
    const { status, body, calls } = await list();
    expect([status, calls]).toEqual([200, 1]);
    expect(body.map((it: any) => it.patient.fullName)).toEqual(["anna", "Änne", "Bea"]);
    for (const [i, it] of body.toReversed().entries()) {
      const { admin, path } = clinics[i]!;
      expect(it).toEqual({
        patient: (await admin.get(`${path}/patients/${patient.id}`)).body,
        clinic: (await admin.get(path)).body,
      });
      expect(it.patient.sites).toHaveLength(1);
    }
  });

  test("200 for a service, in pages", async () => {
    const pages = await Promise.all(
      [0, 1, 2, 3].map((offset) => list(`?limit=1&offset=${offset}`, clinics[0]!.service)),
    );
    expect(pages.map(({ body }) => body.map((it: any) => it.patient.fullName))).toEqual([
      ["anna"],
      ["Änne"],
      ["Bea"],
      [],
    ]);
  });

  test("200 orders records of the same name by when they were made", async () => {
    const user = await givenAccount({ name: "Same" });
    for (const { service, path } of clinics) await service.post(`${path}/patients/${user.id}`, {});
    const { body } = await list("", user, user.id);
    expect(body.map((it: any) => it.clinic.id)).toEqual(clinics.map((it) => it.clinicId));
  });

  test("200 and nothing for a user nobody knows", async () => {
    expect((await list("", clinics[0]!.service, newUserId())).body).toEqual([]);
  });

  test("200 leaves a clinic out once the patient has left it", async () => {
    const user = await givenAccount();
    const { service, path } = clinics[0]!;
    await service.post(`${path}/patients/${user.id}`, {});
    expect((await list("", user, user.id)).body).toHaveLength(1);
    await user.delete(`${path}/patients/${user.id}`);
    expect((await list("", user, user.id)).body).toEqual([]);
  });

  test("200 records that each clinic's record was read", async () => {
    const sent: any[] = [];
    const through = servedIn({ AUDIT_QUEUE: { sendBatch: async (messages: any[]) => void sent.push(...messages) } });
    await send("GET", `/v1/patients/${patient.id}/clinics?limit=2`, { token: patient.token, through });
    expect(sent.map(({ body }) => [body.outcome, body.clinicId, body.patientIds])).toEqual(
      [clinics[2]!, clinics[1]!].map(({ clinicId }) => ["read", clinicId, [patient.id]]),
    );
  });

  test.each(["?limit=0", "?offset=-1", "?limit=x"])("400 for %s", async (query) => {
    expect((await list(query)).status).toBe(400);
  });

  test("403 for anybody else, an admin of one of the clinics included", async () => {
    expect((await list("", clinics[0]!.admin)).status).toBe(403);
    expect(
      await rows("SELECT 1 FROM patients WHERE user_id = ? AND clinic_id = ?", patient.id, clinics[0]!.clinicId),
    ).toHaveLength(1);
  });
});
