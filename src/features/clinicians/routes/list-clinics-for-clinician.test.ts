import { beforeAll, describe, expect, test } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenClinic,
  givenSite,
  newUserId,
  person,
  rows,
} from "../../../../test/harness.ts";

let clinics: GivenClinic[];
let clinician: Caller;

beforeAll(async () => {
  clinics = await Promise.all([givenClinic(), givenClinic(), givenClinic()]);
  clinician = await person();
  for (const [i, { service, path, clinicId }] of clinics.entries()) {
    const body = { id: clinician.id, email: `${i}@many.test`, roles: ["CLINIC_MEMBER"] };
    await service.post(`${path}/clinicians`, body);
    const made = 1_000_000_000_000 + i;
    await rows(
      "UPDATE clinicians SET created_at = ? WHERE clinic_id = ? AND user_id = ? RETURNING id",
      made,
      clinicId,
      clinician.id,
    );
  }
  await givenSite(clinics[1]!, "North");
});
const list = (query = "", caller = clinician, userId = clinician.id) =>
  caller.get(`/v1/clinicians/${userId}/clinics${query}`);

describe("ListClinicsForClinician", () => {
  test("200 lists the memberships, newest first, each with its whole clinic, in one round trip", async () => {
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(answer.calls).toBe(1);
    expect(answer.body.map((it: any) => it.clinic.id)).toEqual(clinics.map((it) => it.clinicId).toReversed());
    expect(answer.body.map((it: any) => it.clinician.email)).toEqual(["2@many.test", "1@many.test", "0@many.test"]);
    const { body: clinic } = await clinician.get(clinics[1]!.path);
    expect(answer.body[1].clinic).toEqual(clinic);
    expect(clinic.sites).toHaveLength(1);
  });

  test("200 for a service, in pages", async () => {
    const answer = await list("?offset=1&limit=1", clinics[0]!.service);
    expect(answer.body.map((it: any) => it.clinic.id)).toEqual([clinics[1]!.clinicId]);
    expect((await list("?offset=3")).body).toEqual([]);
  });

  test("200 includes a clinic where the person only prescribes, and no invitation", async () => {
    const { prescriber, service, path, clinicId } = clinics[0]!;
    const invitation = { inviteId: "key", email: `${prescriber.id}@invited.test`, roles: ["CLINIC_MEMBER"] };
    await service.post(`${path}/clinicians`, invitation);
    const answer = await list("", prescriber, prescriber.id);
    expect(answer.body.map((it: any) => [it.clinic.id, it.clinician.roles])).toEqual([[clinicId, ["PRESCRIBER"]]]);
  });

  test("200 and nothing for a user nobody knows", async () => {
    expect((await list("", clinics[0]!.service, newUserId())).body).toEqual([]);
  });

  test("200 leaves a clinic out from the moment it is deleted", async () => {
    const gone = await givenClinic();
    await gone.service.post(`${gone.path}/clinicians`, { id: clinician.id, email: "g@m.test", roles: ["PRESCRIBER"] });
    expect((await list()).body).toHaveLength(4);
    expect((await gone.admin.delete(gone.path)).status).toBe(204);
    expect((await list()).body).toHaveLength(3);
  });

  test("403 for anybody else, an admin of the same clinic included", async () => {
    expect((await list("", clinics[0]!.admin)).status).toBe(403);
  });
});
