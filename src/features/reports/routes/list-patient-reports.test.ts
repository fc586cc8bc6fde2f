import { describe, expect, test } from "vitest";
import { givenClinic, givenPatient, newUserId, rows } from "../../../../test/harness.ts";

async function given() {
  const clinic = await givenClinic();
  const patient = await givenPatient(clinic);
  const path = `${clinic.path}/patients/${patient.id}/reports`;
  const ids: string[] = [];
  for (const bgUnits of ["mg/dL", "mmol/L"]) ids.push((await clinic.member.post(path, { bgUnits })).body.id);
  return { clinic, patient, path, ids };
}

describe("ListPatientReports", () => {
  test("lists the patient's reports, the newest first, page by page", async () => {
    const { clinic, path, ids } = await given();
    const list = async (query = "") =>
      (await clinic.member.get(`${path}${query}`)).body.map(({ id }: { id: string }) => id);
    expect(await list()).toEqual(ids.toReversed());
    expect(await list("?limit=1")).toEqual([ids[1]]);
    expect(await list("?limit=1&offset=1")).toEqual([ids[0]]);
  });

  test("shows no report that is being made or was removed", async () => {
    const { clinic, path, ids } = await given();
    await rows("UPDATE reports SET state = 'making' WHERE id = ? RETURNING 1", ids[0]!);
    await rows("UPDATE reports SET state = 'removed' WHERE id = ? RETURNING 1", ids[1]!);
    expect((await clinic.member.get(path)).body).toEqual([]);
  });

  test("refuses a patient who is not the clinic's", async () => {
    const [{ clinic }, other] = [await given(), await given()];
    for (const id of [newUserId(), other.patient.id]) {
      const answer = await clinic.member.get(`${clinic.path}/patients/${id}/reports`);
      expect([answer.status, answer.body.message]).toEqual([404, "patient not found"]);
    }
  });
});
