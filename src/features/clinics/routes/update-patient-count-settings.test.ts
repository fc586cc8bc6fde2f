import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, rows, statuses, UNKNOWN_ID } from "../../../../test/harness.ts";
import { audited, interrupted, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const replace = (body: unknown, caller = clinic.service) => caller.put(`${clinic.path}/settings/patient_count`, body);
const effective = async () => (await clinic.member.get(`${clinic.path}/settings/patient_count`)).body;
const SPRING = "2027-03-01T00:00:00.000Z";
const SUMMER = "2027-06-01T00:00:00.000Z";

describe("UpdatePatientCountSettings", () => {
  test("200 replaces both limits and answers what holds, in two round trips", async () => {
    const body = {
      hardLimit: { plan: 0, startDate: SPRING, endDate: SUMMER },
      softLimit: { plan: 7, endDate: SPRING },
    };
    const answer = await replace(body);
    expect([answer.status, answer.body, answer.calls]).toEqual([200, body, 2]);
    expect(await effective()).toEqual(body);
    expect(await audited(clinic.clinicId, "UpdatePatientCountSettings")).toHaveLength(1);
    expect((await replace({ softLimit: { plan: 1 } })).body).toEqual({ softLimit: { plan: 1 } });
    expect(await effective()).toEqual({ softLimit: { plan: 1 } });
  });

  test("200 with an empty object removes every limit", async () => {
    expect((await replace({})).body).toEqual({});
    expect(await effective()).toEqual({});
  });

  test("200 shows instants in UTC, and lets a limit start and end at one", async () => {
    const hardLimit = { plan: 1, startDate: "2027-03-01T02:00:00+02:00", endDate: SPRING };
    expect((await replace({ hardLimit })).body).toEqual({ hardLimit: { plan: 1, startDate: SPRING, endDate: SPRING } });
  });

  test("200 stores the limits of a clinic they don't hold for, and answers that none does", async () => {
    await rows("UPDATE clinics SET country = 'CA' WHERE id = ?", clinic.clinicId);
    expect((await replace({ hardLimit: { plan: 9 } })).body).toEqual({});
    await rows("UPDATE clinics SET country = 'US' WHERE id = ?", clinic.clinicId);
    expect(await effective()).toEqual({ hardLimit: { plan: 9 } });
  });

  test.each([
    undefined,
    null,
    { hardLimit: null },
    { hardLimit: {} },
    { hardLimit: { plan: -1 } },
    { hardLimit: { plan: 1.5 } },
    { softLimit: { plan: "1" } },
    { hardLimit: { plan: 1, startDate: "2027-03-01T00:00:00" } },
    { hardLimit: { plan: 1, endDate: "2027-03-01" } },
  ])("400 on %j stores nothing", async (body) => {
    expect((await unchanging(() => replace(body))).status).toBe(400);
  });

  test.each(["hardLimit", "softLimit"])("400 when the %s ends before it starts", async (name) => {
    const answer = await unchanging(() => replace({ [name]: { plan: 1, startDate: SUMMER, endDate: SPRING } }));
    expect([answer.status, answer.body.message]).toEqual([400, "bad request"]);
  });

  test("403 comes before 400: it is for services only", async () => {
    expect((await replace([], clinic.admin)).status).toBe(403);
  });

  test("404 for a clinic that is not there", async () => {
    const answer = await unchanging(() => clinic.service.put(`/v1/clinics/${UNKNOWN_ID}/settings/patient_count`, {}));
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });

  test("of eight at once one's limits are stored whole", async () => {
    const bodies = Array.from({ length: 8 }, (_, i) => ({ hardLimit: { plan: i }, softLimit: { plan: i } }));
    expect(statuses(await Promise.all(bodies.map((body) => replace(body))))).toEqual(Array(8).fill(200));
    expect(bodies).toContainEqual(await effective());
  });

  test("200 answers what holds when the tier changes between its look and its change", async () => {
    const request = { method: "PUT", path: `${clinic.path}/settings/patient_count`, body: { hardLimit: { plan: 9 } } };
    const answer = await interrupted(clinic.service, request, () =>
      clinic.service.post(`${clinic.path}/tier`, { tier: "tier0300" }),
    );
    expect([answer.status, answer.body]).toEqual([200, {}]);
  });

  test("404 when the clinic goes between its look and its change", async () => {
    const request = { method: "PUT", path: `${clinic.path}/settings/patient_count`, body: {} };
    expect((await interrupted(clinic.service, request, () => clinic.admin.delete(clinic.path))).status).toBe(404);
  });
});
