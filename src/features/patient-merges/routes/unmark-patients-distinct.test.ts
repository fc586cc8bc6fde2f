import { describe, expect, test } from "vitest";
import { mark, unmark } from "../../../../test/duplicates.ts";
import { givenClinic, givenPatient } from "../../../../test/harness.ts";
import { givenTwo, merge } from "../../../../test/patient-merges.ts";
import { audited, unchanging } from "../../../../test/patient-rows.ts";

describe("UnmarkPatientsDistinct", () => {
  test("204 takes the mark away in one round trip, no matter who made it; also where there is none", async () => {
    const { clinic, a, b } = await givenTwo();
    const c = await givenPatient(clinic);
    await mark(clinic, a.id, b.id);
    await mark(clinic, a.id, c.id);
    const answer = await clinic.admin.delete(`${clinic.path}/patients/${b.id}/distinct_from/${a.id}`);
    expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 1]);
    expect((await merge(clinic, b.id, a.id, {}, "?dryRun=true")).body.errors).toEqual([]);
    const kept = await merge(clinic, c.id, a.id, {}, "?dryRun=true");
    expect(kept.body.errors.map(({ reason }: any) => reason)).toContain("marked-distinct");
    expect(await audited(clinic.clinicId, "UnmarkPatientsDistinct")).toHaveLength(2);
    expect((await unmark(clinic, a.id, b.id)).status).toBe(204);
  });

  test("400 for one and the same, 404 for an unknown one; nothing is stored", async () => {
    const { clinic, a, b } = await givenTwo();
    const c = await givenPatient(await givenClinic());
    await mark(clinic, a.id, b.id);
    const told = async (id: string, otherId: string) => {
      const { status, body } = await unchanging(() => unmark(clinic, id, otherId));
      return [status, body.message];
    };
    expect(await told(a.id, a.id)).toEqual([400, "bad request: a patient can't be distinct from itself"]);
    expect(await told(c.id, b.id)).toEqual([404, "patient not found"]);
    expect(await told(a.id, c.id)).toEqual([404, "other patient not found"]);
  });
});
