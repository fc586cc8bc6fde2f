import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, rows, UNKNOWN_ID } from "../../../../test/harness.ts";
import { audited, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const replace = (body: unknown, caller = clinic.service) => caller.put(`${clinic.path}/membership_restrictions`, body);
const stored = async () =>
  (await rows("SELECT membership_restrictions AS stored FROM clinics WHERE id = ?", clinic.clinicId))[0]!.stored;

describe("UpdateMembershipRestrictions", () => {
  test("200 replaces the list and answers it, in one round trip; an empty provider is dropped", async () => {
    await replace({ restrictions: [{ emailDomain: "old.test" }] });
    const answer = await replace({
      restrictions: [
        { emailDomain: "b.test", requiredIdp: "idp" },
        { emailDomain: "a.test", requiredIdp: "" },
        { emailDomain: "b.test", requiredIdp: "idp" },
      ],
    });
    const restrictions = [
      { emailDomain: "b.test", requiredIdp: "idp" },
      { emailDomain: "a.test" },
      { emailDomain: "b.test", requiredIdp: "idp" },
    ];
    expect([answer.status, answer.body, answer.calls]).toEqual([200, { restrictions }, 1]);
    expect((await clinic.admin.get(`${clinic.path}/membership_restrictions`)).body).toEqual({ restrictions });
    expect(await audited(clinic.clinicId, "UpdateMembershipRestrictions")).toHaveLength(2);
  });

  test.each([{}, { restrictions: [] }])("200 with %j removes all restrictions", async (body) => {
    await replace({ restrictions: [{ emailDomain: "a.test" }] });
    expect((await replace(body)).body).toEqual({});
    expect(await stored()).toBeNull();
  });

  test.each([
    undefined,
    null,
    [],
    { restrictions: null },
    { restrictions: [{}] },
    { restrictions: [{ emailDomain: 1 }] },
    { restrictions: [{ emailDomain: "" }] },
    { restrictions: [{ emailDomain: " " }] },
    { restrictions: [{ emailDomain: "@a.test" }] },
    { restrictions: [{ emailDomain: "a.test." }] },
    { restrictions: [{ emailDomain: "a..test" }] },
    { restrictions: [{ emailDomain: "-a.test" }] },
  ])("400 on %j keeps the restrictions", async (body) => {
    await replace({ restrictions: [{ emailDomain: "a.test" }] });
    expect((await unchanging(() => replace(body))).status).toBe(400);
  });

  test("403 comes before 400: it is for services only", async () => {
    expect((await replace([], clinic.admin)).status).toBe(403);
  });

  test("404 for a clinic that is not there", async () => {
    const answer = await unchanging(() => clinic.service.put(`/v1/clinics/${UNKNOWN_ID}/membership_restrictions`, {}));
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });
});
