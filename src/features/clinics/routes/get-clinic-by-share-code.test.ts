import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, rows } from "../../../../test/harness.ts";

let clinic: GivenClinic;
let shareCode: string;
beforeEach(async () => {
  clinic = await givenClinic();
  shareCode = (await clinic.admin.get(clinic.path)).body.shareCode;
});
const find = (code: string) => clinic.outsider.get(`/v1/clinics/share_code/${encodeURIComponent(code)}`);

describe("GetClinicByShareCode", () => {
  test("200 for anybody signed in, in one round trip, whatever the code's case and the space around it", async () => {
    for (const code of [shareCode, shareCode.toLowerCase(), ` ${shareCode} `]) {
      const answer = await find(code);
      expect([answer.status, answer.calls]).toEqual([200, 1]);
      expect(answer.body).toEqual((await clinic.admin.get(clinic.path)).body);
    }
  });

  test("200 by a code the clinic took over, and shows its own", async () => {
    await rows("INSERT INTO clinic_share_codes (code, clinic_id) VALUES ('MERG-EDAW-AYYY', ?)", clinic.clinicId);
    expect((await find("MERG-EDAW-AYYY")).body).toMatchObject({ id: clinic.clinicId, shareCode });
  });

  test.each(["K7QP-2MXA-R9TD", "nonsense", "%", "0"])("404 for %j", async (code) => {
    const answer = await find(code);
    expect([answer.status, answer.body.message]).toEqual([404, "not found"]);
  });

  test("404 for the code of a deleted clinic, which is not given to another", async () => {
    await clinic.admin.delete(clinic.path);
    expect((await find(shareCode)).status).toBe(404);
    expect(await rows("SELECT clinic_id FROM clinic_share_codes WHERE code = ?", shareCode)).toEqual([
      { clinic_id: null },
    ]);
  });
});
