import { describe, expect, test } from "vitest";
import { givenClinic, rows, UNKNOWN_ID } from "../../../../test/harness.ts";

describe("ListMigrations", () => {
  test("200 and empty for a clinic without, and for a text that is no clinic", async () => {
    const clinic = await givenClinic();
    expect((await clinic.member.get(`${clinic.path}/migrations`)).body).toEqual([]);
    expect((await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/migrations`)).body).toEqual([]);
    expect((await clinic.service.get("/v1/clinics/no-id/migrations")).body).toEqual([]);
  });

  test("200 newest first, in one round trip, and none of another clinic", async () => {
    const clinic = await givenClinic();
    const other = await givenClinic();
    await other.service.post(`${other.path}/migrations`, { userId: other.admin.id });
    for (const [i, caller] of [clinic.admin, clinic.member].entries()) {
      await clinic.service.post(`${clinic.path}/migrations`, { userId: caller.id });
      await rows("UPDATE migrations SET created_at = ? WHERE user_id = ?", i, caller.id);
    }
    const answer = await clinic.member.get(`${clinic.path}/migrations`);
    expect(answer.calls).toBe(1);
    expect(answer.body.map(({ userId }: { userId: string }) => userId)).toEqual([clinic.member.id, clinic.admin.id]);
  });
});
