import { describe, expect, test } from "vitest";
import { givenPatient } from "../../../../test/harness.ts";
import { givenTwo, merge } from "../../../../test/patient-merges.ts";

describe("ListPatientMerges", () => {
  test("lists the merges of both ids, newest first, without values but the former MRN", async () => {
    const { clinic, a, b } = await givenTwo();
    const c = await givenPatient(clinic, { fullName: "Rosa Diaz", birthDate: "1987-02-03", mrn: "C-3" });
    const first = (await merge(clinic, b.id, a.id)).body;
    const second = (await merge(clinic, b.id, c.id)).body;
    const list = (id: string) => clinic.member.get(`${clinic.path}/patients/${id}/merges`);
    const { body } = await list(b.id);
    expect(body).toMatchObject([
      { id: second.id, role: "target", otherId: c.id, state: "merged", formerMrn: "C-3" },
      {
        id: first.id,
        role: "target",
        otherId: a.id,
        fields: expect.arrayContaining([{ field: "mrn", from: "source" }]),
      },
    ]);
    expect((await list(a.id)).body).toMatchObject([{ id: first.id, role: "source", otherId: b.id }]);
    expect((await clinic.member.get(`${clinic.path}/patients/${b.id}/merges?limit=1`)).body).toHaveLength(1);
    const d = await givenPatient(clinic);
    expect((await list(d.id)).body).toEqual([]);
    expect((await list("0123456789")).status).toBe(404);
  });
});
