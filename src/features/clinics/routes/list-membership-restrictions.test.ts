import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, UNKNOWN_ID } from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const list = (caller = clinic.admin) => caller.get(`${clinic.path}/membership_restrictions`);

describe("ListMembershipRestrictions", () => {
  test("200 of a clinic without restrictions is empty, in one round trip", async () => {
    const answer = await list();
    expect([answer.status, answer.body, answer.calls]).toEqual([200, {}, 1]);
  });

  test("200 shows them to admins and services, in the order in which they were given", async () => {
    const restrictions = [{ emailDomain: "b.test" }, { emailDomain: "a.test", requiredIdp: "idp" }];
    await clinic.service.put(`${clinic.path}/membership_restrictions`, { restrictions });
    expect((await list()).body).toEqual({ restrictions });
    expect((await list(clinic.service)).body).toEqual({ restrictions });
  });

  test("403 comes before 400: a plain member learns nothing about the id", async () => {
    expect((await list(clinic.member)).status).toBe(403);
    expect((await clinic.member.get("/v1/clinics/no-id/membership_restrictions")).status).toBe(403);
  });

  test("404 for a service and a clinic that is not there", async () => {
    const answer = await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/membership_restrictions`);
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });
});
