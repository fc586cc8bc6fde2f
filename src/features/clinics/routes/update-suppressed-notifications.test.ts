import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic } from "../../../../test/harness.ts";
import { audited, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const suppress = (suppressedNotifications: unknown, caller = clinic.admin) =>
  caller.post(`${clinic.path}/suppressed_notifications`, { suppressedNotifications });
const shown = async () => (await clinic.admin.get(clinic.path)).body.suppressedNotifications;

describe("UpdateSuppressedNotifications", () => {
  test.each([true, false])("200 without a body stores %s, in one round trip", async (patientClinicInvitation) => {
    const answer = await suppress({ patientClinicInvitation });
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 1]);
    expect(await shown()).toEqual({ patientClinicInvitation });
    expect(await audited(clinic.clinicId, "UpdateSuppressedNotifications")).toHaveLength(1);
  });

  test("200 with an empty object clears what was stored", async () => {
    await suppress({ patientClinicInvitation: true });
    expect((await suppress({})).status).toBe(200);
    expect(await shown()).toBeUndefined();
  });

  test.each([undefined, null, { other: true }, { patientClinicInvitation: "yes" }, { patientClinicInvitation: null }])(
    "400 on %j stores nothing",
    async (suppressed) => {
      expect((await unchanging(() => suppress(suppressed))).status).toBe(400);
    },
  );

  test("403 comes before 400, for plain members and for services", async () => {
    expect((await suppress({ other: true }, clinic.member)).status).toBe(403);
    expect((await suppress({ other: true }, clinic.service)).status).toBe(403);
  });
});
